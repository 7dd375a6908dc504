namespace Panorama.EndToEnd.Tests;

/// <summary>A folder of a user's own files: made-up sentences, a page, and a file that is no text.</summary>
internal static class OwnFiles
{
    private static readonly string[] Words = ["river", "stone", "light", "walks", "under", "green", "bridge", "quiet", "morning", "carries", "old", "letters", "toward", "sea"];

    public static string Write(string folder)
    {
        Directory.CreateDirectory(folder);
        var random = new Random(5);
        string Sentence() => string.Join(' ', Enumerable.Range(0, 9).Select(_ => Words[random.Next(Words.Length)])) + ". ";
        for (int i = 0; i < 60; i++)
        {
            File.WriteAllText(Path.Combine(folder, $"{i}.txt"), string.Concat(Enumerable.Range(0, 40).Select(_ => Sentence())));
        }

        File.WriteAllText(Path.Combine(folder, "page.html"), $"<html><body><h1>Bridge</h1><p>{Sentence()}{Sentence()}</p></body></html>");
        File.WriteAllBytes(Path.Combine(folder, "broken.txt"), [0x41, 0xFF, 0xFE, 0xFD, 0x42]);
        return folder;
    }
}
