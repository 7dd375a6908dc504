using Panorama.Inference.Engine;
using Panorama.Inference.Families;
using Panorama.Inference.Model;
using Panorama.Inference.Tests.Families;

namespace Panorama.Inference.Tests.Model;

public sealed class TransformerRunnerTests : IDisposable
{
    private static readonly int[] Text = [.. Enumerable.Range(0, 29).Select(i => (i * 17 % 43) + 1)];

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Decoders => [.. TinyModel.All.Keys.Where(name => name != "bert")];

    [Theory]
    [MemberData(nameof(Decoders))]
    public void Logits_are_those_of_the_formulas(string family)
    {
        using ModelFiles files = Files(family);
        using var runner = new TransformerRunner(files, new RunnerOptions { Threads = 2 });
        using IModelWeights weights = files.OpenWeights();
        double[][] expected = new ReferenceForward(files.Config, weights).Logits(Text);
        float[][] got = All(runner, Text, [Text.Length], [0, 1]);
        for (int t = 0; t < Text.Length; t++)
        {
            double size = Math.Sqrt(expected[t].Average(v => v * v));
            for (int i = 0; i < expected[t].Length; i++)
            {
                Assert.Equal(expected[t][i], got[t][i], 1e-4 * size); // a rounding in the cache may fall to the other side
            }
        }
    }

    [Theory]
    [MemberData(nameof(Decoders))]
    public void Chunks_blocks_and_threads_change_no_bit(string family)
    {
        using ModelFiles files = Files(family);
        using var runner = new TransformerRunner(files, new RunnerOptions { Threads = 1, CacheTokens = 96 });
        using var parallel = new TransformerRunner(files, new RunnerOptions { Threads = 3, CacheTokens = 96, MaxRows = 32 });
        float[][] whole = All(runner, Text, [Text.Length], [0, 1]);
        Assert.Equal(whole, All(runner, Text, [.. Enumerable.Repeat(1, Text.Length)], [5, 2]));
        Assert.Equal(whole, All(parallel, Text, [7, 1, 9, 12], [3, 0]));
    }

    [Fact]
    public void Sequences_of_a_batch_do_not_touch_each_other()
    {
        using ModelFiles files = Files("llama");
        using var runner = new TransformerRunner(files, new RunnerOptions { Threads = 2, CacheTokens = 128 });
        int[][] texts = [Text, [.. Text.Reverse()], Text[5..], Text[..3]];
        float[][] alone = [.. texts.Select(text => All(runner, text, [text.Length], [6, 7])[^1])];
        runner.Run([.. texts.Select((text, i) => new SequenceStep { Tokens = text, Start = 0, Blocks = new[] { i, (i + 4) % 8 }, LogitRows = 1 })]);
        for (int i = 0; i < texts.Length; i++)
        {
            Assert.Equal(alone[i], runner.Logits(i).ToArray());
        }
    }

    [Fact]
    public void A_copied_block_is_as_good_as_its_original()
    {
        using ModelFiles files = Files("qwen3");
        using var runner = new TransformerRunner(files, new RunnerOptions { Threads = 1, CacheTokens = 96 });
        float[][] whole = All(runner, Text, [Text.Length], [0, 1]);
        All(runner, Text[..20], [20], [2, 3]);
        runner.CopyBlock(3, 5);
        All(runner, [.. Enumerable.Repeat(9, 20)], [20], [4, 3]);
        runner.Run([new SequenceStep { Tokens = Text.AsMemory(20), Start = 20, Blocks = new[] { 2, 5 }, LogitRows = 1 }]);
        Assert.Equal(whole[^1], runner.Logits(0).ToArray());
    }

    [Fact]
    public void A_decode_step_allocates_nothing()
    {
        using ModelFiles files = Files("llama");
        using var runner = new TransformerRunner(files, new RunnerOptions { Threads = 2 });
        var steps = new SequenceStep[1];
        long before = 0;
        for (int t = 0; t < Text.Length; t++)
        {
            steps[0] = new SequenceStep { Tokens = Text.AsMemory(t, 1), Start = t, Blocks = Blocks, LogitRows = 1 };
            runner.Run(steps);
            before = t == 9 ? GC.GetAllocatedBytesForCurrentThread() : before;
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Steps_that_break_the_contract_are_refused()
    {
        using ModelFiles files = Files("llama");
        using var runner = new TransformerRunner(files, new RunnerOptions { Threads = 1, CacheTokens = 32 });
        var good = new SequenceStep { Tokens = Text.AsMemory(0, 4), Start = 0, Blocks = Blocks, LogitRows = 1 };
        Assert.Contains("token id 48", Refused(runner, good with { Tokens = new[] { 48 } }));
        Assert.Contains("1 blocks for 20 tokens", Refused(runner, good with { Tokens = Text.AsMemory(0, 20), Blocks = new[] { 0 } }));
        Assert.Contains("block 2", Refused(runner, good with { Blocks = new[] { 2 } }));
        Assert.Contains("the context has 32", Refused(runner, good with { Start = 30 }));
        Assert.Contains("5 rows of logits", Refused(runner, good with { LogitRows = 5 }));
    }

    public void Dispose() => _folder.Dispose();

    private static readonly int[] Blocks = [0, 1];

    private static string Refused(TransformerRunner runner, SequenceStep step) => Assert.Throws<ArgumentException>(() => runner.Run([step])).Message;

    // Logits behind every token, the text given in chunks.
    private static float[][] All(TransformerRunner runner, int[] text, int[] chunks, int[] blocks)
    {
        List<float[]> logits = [];
        int start = 0;
        foreach (int count in chunks)
        {
            runner.Run([new SequenceStep { Tokens = text.AsMemory(start, count), Start = start, Blocks = blocks, LogitRows = count }]);
            for (int i = 0; i < count; i++)
            {
                logits.Add(runner.Logits(i).ToArray());
            }

            start += count;
        }

        return [.. logits];
    }

    private ModelFiles Files(string family)
    {
        TinyModel.All[family].Write(_folder.Path);
        return ModelFiles.Open(_folder.Path);
    }
}
