using System.Diagnostics;
using System.Text;
using Panorama.Core.Configuration;
using Panorama.Core.Models;
using Panorama.Inference.Engine;
using Panorama.Inference.Families;
using Panorama.Inference.Model;
using Panorama.Quantization.Formats;
using Panorama.Tests;
using Panorama.Tokenization;
using Panorama.Tokenization.PreTokenizers;
using Panorama.Tokenization.Training;

namespace Panorama.Inference.Tests.Families;

/// <summary>
/// GGUF files of every decoder family, written here and run by llama.cpp: the same greedy text as the engine's, which is the same out of the
/// folder and out of the file. The program is looked for in <c>artifacts/peers/llama.cpp</c>; without it only the engine's two are compared.
/// </summary>
public sealed class LlamaCppGreedyTests : IDisposable
{
    private const int Tokens = 24;
    private const string Prompt = "the things and the spaces";

    private static readonly string Program = Path.Combine(Repository.Root, "artifacts", "peers", "llama.cpp", "llama-completion");

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string> Models => new()
    {
        { "llama", "none" },
        { "llama-tied", "linear" },
        { "llama", "llama3" },
        { "llama", "yarn" },
        { "llama-biased", "none" },
        { "qwen2", "none" },
        { "qwen2", "yarn" },
        { "qwen3", "none" },
        { "gpt2", "none" },
    };

    [Theory]
    [MemberData(nameof(Models))]
    public void TheSameTextIsWritten(string family, string scaling)
    {
        Tokenizer tokenizer = BpeTrainer.Train([Prompt, "other words of a few letters"], new BpeTrainerOptions { VocabularySize = 280, PreTokenizer = SplitPattern.Qwen2, MinFrequency = 1 }, null, TestContext.Current.CancellationToken);
        Write(TinyModel.All[family], tokenizer, scaling);
        byte[] folder, file;
        string gguf = _folder["model.gguf"];
        using (ModelFiles files = ModelFiles.Open(_folder.Path))
        {
            folder = Greedy(files);
            GgufExport.Write(files, gguf, TensorFormat.F32, cancellation: TestContext.Current.CancellationToken);
        }

        using (ModelFiles files = ModelFiles.Open(gguf))
        {
            file = Greedy(files);
        }

        Assert.Equal(folder, file);
        if (!File.Exists(Program)) Assert.Skip($"{Program} is missing");
        // Its writer is a thread of its own, which at times ends before all is written: whole output ends with blank lines.
        byte[] theirs = Run(gguf);
        for (int attempt = 0; attempt < 20 && !theirs.AsSpan().EndsWith("\n\n"u8); attempt++) theirs = Run(gguf);
        Assert.True(theirs.AsSpan().StartsWith(file), $"{Encoding.Latin1.GetString(file)} against {Encoding.Latin1.GetString(theirs)}");
    }

    public void Dispose() => _folder.Dispose();

    private void Write(TinyModel tiny, Tokenizer tokenizer, string scaling)
    {
        ModelConfig c = tiny.Config;
        PositionConfig positions = c.Positions is RotaryPositions rotary
            ? rotary with
            {
                Scaling = scaling switch
                {
                    "linear" => new LinearScaling(4),
                    "llama3" => new Llama3Scaling(8, 1, 4, 16),
                    "yarn" => new YarnScaling(4, 16),
                    _ => null,
                },
            }
            : c.Positions;
        var config = new ModelConfig(c.Family, tokenizer.VocabularySize, c.HiddenSize, c.Layers, 64, c.Attention, c.FeedForward, c.Norm, positions, c.Causal, c.TieEmbeddings);
        (string Name, long[] Shape)[] tensors = [.. tiny.Tensors.Select(t => t.Name == tiny.Tensors[0].Name || t.Name == "lm_head.weight" ? (t.Name, [config.VocabularySize, .. t.Shape[1..]]) : t.Name == "wpe.weight" ? (t.Name, [64, .. t.Shape[1..]]) : t)];
        (tiny with { Config = config, Tensors = tensors }).Write(_folder.Path, change: (name, values) =>
        {
            // What is no printable ASCII gets no score, so that any text that is written can be compared.
            for (int id = 0; (name == tensors[0].Name || name == "lm_head.weight") && id < config.VocabularySize; id++)
            {
                byte[] bytes = tokenizer.DecodeBytes(new[] { id });
                if (bytes.Length == 0 || bytes.AsSpan().ContainsAnyExceptInRange((byte)' ', (byte)'~')) values.AsSpan(id * config.HiddenSize, config.HiddenSize).Clear();
            }
        });
        tokenizer.Save(_folder.Path);
        File.WriteAllText(_folder["generation_config.json"], $$"""{"eos_token_id":{{tokenizer.SpecialTokens["<|endoftext|>"]}}}""");
    }

    // The tokens that end a text are never chosen, as llama.cpp is told below.
    private static byte[] Greedy(ModelFiles files)
    {
        using var runner = new TransformerRunner(files, new RunnerOptions { Threads = 1 });
        using var model = new RunnerNextTokenModel(runner);
        using INextTokenSession session = model.StartSession();
        var written = new List<int>();
        int[] ends = [files.Tokenizer.SpecialTokens["<|endoftext|>"], files.Tokenizer.SpecialTokens["<|im_end|>"]];
        ReadOnlySpan<float> logits = session.Append(files.Tokenizer.Encode(Prompt));
        while (written.Count < Tokens)
        {
            int best = -1;
            for (int id = 0; id < logits.Length; id++)
            {
                if (!ends.Contains(id) && (best < 0 || logits[id] > logits[best])) best = id;
            }

            written.Add(best);
            logits = session.Append(new[] { best });
        }

        return files.Tokenizer.DecodeBytes(written.ToArray());
    }

    private static byte[] Run(string gguf)
    {
        var start = new ProcessStartInfo(Program) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        string[] arguments = ["-m", gguf, "-p", Prompt, "-n", $"{Tokens}", "-c", "64", "--temp", "0", "-no-cnv", "--no-display-prompt", "--ignore-eos", "--no-warmup", "-t", "1"];
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        using var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error.GetAwaiter().GetResult());
        return output.ToArray();
    }
}
