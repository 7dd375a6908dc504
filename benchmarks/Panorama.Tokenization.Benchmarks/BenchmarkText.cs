using System.Text;

namespace Panorama.Tokenization.Benchmarks;

/// <summary>Text to measure on: the XML documentation beside the running SDK, repeated with variations.</summary>
internal static class BenchmarkText
{
    /// <summary>Documents of at least this many UTF-16 units in all; the same ones at every call.</summary>
    public static List<string> English(long chars)
    {
        string root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "..", "..", "..", "packs"));
        string[] files = [.. Directory.EnumerateFiles(root, "*.xml", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        if (files.Length == 0) throw new InvalidOperationException($"{root} holds no XML documentation: run with an SDK, not with a runtime alone.");

        var texts = new List<string>();
        for (int round = 0; ; round++)
        {
            var random = new Random(round);
            foreach (string file in files)
            {
                string text = File.ReadAllText(file);
                texts.Add(round == 0 ? text : Vary(text, random));
                if ((chars -= text.Length) <= 0) return texts;
            }
        }
    }

    /// <summary>Han characters drawn by a falling frequency, with punctuation: as hard for a cache as real Chinese.</summary>
    public static string Chinese(int chars)
    {
        var random = new Random(1);
        var text = new StringBuilder(chars);
        while (text.Length < chars)
        {
            int run = random.Next(2, 16);
            for (int i = 0; i < run; i++) text.Append((char)(0x4E00 + (int)(3000 * Math.Pow(random.NextDouble(), 3))));
            text.Append(random.Next(3) == 0 ? '。' : '，');
        }

        return text.ToString();
    }

    // One word in eight becomes another: the repetition must not have the same words only.
    private static string Vary(string text, Random random)
    {
        var varied = new StringBuilder(text.Length + (text.Length / 16));
        for (int i = 0; i < text.Length; i++)
        {
            varied.Append(text[i]);
            if (char.IsLetter(text[i]) && i + 1 < text.Length && text[i + 1] == ' ' && random.Next(8) == 0) varied.Append((char)random.Next('a', 'z' + 1));
        }

        return varied.ToString();
    }
}
