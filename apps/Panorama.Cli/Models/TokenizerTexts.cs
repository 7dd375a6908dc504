using System.Text;
using Panorama.Core.IO;
using Panorama.Data.Files;
using Panorama.Data.Rejects;
using Panorama.Training.Settings;

namespace Panorama.Cli.Models;

/// <summary>A text that tokenizers are measured on.</summary>
/// <param name="Name">Its name in the results.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="Text">The text.</param>
internal sealed record TokenizerText(string Name, string Source, string Text)
{
    private const int LargestFile = 512 << 20;

    /// <summary>English: a file, or the documentation of the SDK.</summary>
    public static TokenizerText English(string? file, int bytes, CancellationToken cancellation)
    {
        if (file is not null) return FromFile("english", file, bytes);
        using var rejects = new RejectLedger();
        var text = new StringBuilder(bytes);
        foreach (var document in CorpusPreparation.Source(CorpusSettings.DotnetDocumentation, RecordLimits.DefaultBrokenShare).ReadAsync(rejects, cancellation).ToBlockingEnumerable(cancellation))
        {
            text.Append(document.Text).Append('\n');
            if (text.Length >= bytes) break;
        }

        return new TokenizerText("english", "the documentation of the .NET SDK", text.ToString());
    }

    /// <summary>Chinese: a file, or characters drawn by a falling frequency, with punctuation: as hard for a cache as real Chinese.</summary>
    public static TokenizerText Chinese(string? file, int bytes)
    {
        if (file is not null) return FromFile("chinese", file, bytes);
        var random = new Random(1);
        var text = new StringBuilder(bytes / 3);
        while (text.Length < bytes / 3)
        {
            int run = random.Next(2, 16);
            for (int i = 0; i < run; i++) text.Append((char)(0x4E00 + (int)(3000 * Math.Pow(random.NextDouble(), 3))));
            text.Append(random.Next(3) == 0 ? "。\n" : "，");
        }

        return new TokenizerText("chinese", "drawn characters (give --chinese FILE for real text)", text.ToString());
    }

    private static TokenizerText FromFile(string name, string file, int bytes)
    {
        string text = Encoding.UTF8.GetString(InputFile.ReadAllBytes(file, LargestFile).AsSpan() is var all && all.Length > bytes ? all[..bytes] : all);
        return new TokenizerText(name, file, text);
    }
}
