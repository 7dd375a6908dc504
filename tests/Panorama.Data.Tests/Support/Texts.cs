using System.Text;
using Panorama.Data.Documents;

namespace Panorama.Data.Tests.Support;

/// <summary>Texts for tests: seeded, with a natural share of repeated phrases.</summary>
internal static class Texts
{
    private static readonly string[] Words =
        "gets sets the value of a specified element in this collection array returns true if instance is equal to another object stream reads writes bytes from buffer when null exception thrown index range key name type method property current default new creates initializes class represents".Split(' ');

    /// <summary>A sentence of words drawn from a small vocabulary, so that unrelated texts share some shingles.</summary>
    public static string Sentence(Random random, int words)
    {
        var text = new StringBuilder();
        for (int i = 0; i < words; i++)
            text.Append(i == 0 ? "" : " ").Append(Words[(int)(Words.Length * Math.Pow(random.NextDouble(), 1.5))]);
        return text.ToString();
    }

    /// <summary>The same text with a share of its words replaced.</summary>
    public static string Vary(Random random, string text, double share)
    {
        string[] words = text.Split(' ');
        for (int i = 0; i < words.Length; i++)
        {
            if (random.NextDouble() < share)
                words[i] = $"w{random.Next(100_000)}";
        }

        return string.Join(' ', words);
    }

    /// <summary>Families of similar texts and loners, shuffled.</summary>
    public static List<Document> Corpus(int seed, int families, int loners)
    {
        var random = new Random(seed);
        List<string> texts = [];
        for (int f = 0; f < families; f++)
        {
            string model = Sentence(random, random.Next(2, 60));
            for (int i = random.Next(1, 8); i >= 0; i--)
                texts.Add(Vary(random, model, random.NextDouble() * 0.5));
        }

        for (int i = 0; i < loners; i++)
            texts.Add(Sentence(random, random.Next(1, 60)));
        string[] shuffled = [.. texts];
        random.Shuffle(shuffled);
        return [.. shuffled.Select((t, i) => Of($"d{i}", t))];
    }

    public static Document Of(string id, string text) => new() { Id = id, Text = text, Source = "test" };
}
