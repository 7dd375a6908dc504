using Panorama.Core.Errors;
using Panorama.Core.Models;
using Panorama.Inference.Engine;
using Panorama.Inference.KvCache;

namespace Panorama.Inference.Tests.Engine;

public sealed class RunnerNextTokenModelTests
{
    [Fact]
    public void Appending_in_any_pieces_gives_the_same_logits() =>
        Gen.Select(Gen.Int[1, 20].List[1, 12], Gen.Int[1, 40], Gen.Int).Sample((pieces, maxRows, seed) =>
        {
            var runner = new FakeRunner(maxRows: maxRows);
            using var model = new RunnerNextTokenModel(runner);
            int[] tokens = Some(pieces.Sum(), seed);
            for (int repetition = 0; repetition < 2; repetition++)
            {
                using INextTokenSession session = model.StartSession();
                foreach (int piece in pieces)
                {
                    int start = session.Length;
                    Assert.Equal(runner.LogitsAfter(tokens.AsSpan(0, start + piece)), session.Append(tokens.AsSpan(start, piece)).ToArray());
                    Assert.Equal(start + piece, session.Length);
                }
            }
        }, iter: 200);

    [Fact]
    public void Scores_are_log_probabilities_of_the_next_token() =>
        Gen.Select(Gen.Int[2, 150], Gen.Int[1, 100], Gen.Int).Sample((length, maxRows, seed) =>
        {
            var pool = new BlockPool(10);
            var runner = new FakeRunner(10, maxRows);
            using var model = new RunnerNextTokenModel(runner, pool);
            int[] tokens = Some(length, seed);
            float[] scores = new float[length - 1];
            model.Score(tokens, scores);
            Assert.Equal(10, pool.FreeCount);
            for (int i = 0; i < scores.Length; i++)
            {
                float[] logits = runner.LogitsAfter(tokens.AsSpan(0, i + 1));
                double expected = logits[tokens[i + 1]] - Math.Log(logits.Sum(x => Math.Exp(x)));
                Assert.Equal(expected, scores[i], 1e-5);
            }
        }, iter: 100);

    [Fact]
    public void A_second_session_computes_only_what_is_new()
    {
        var runner = new FakeRunner();
        using var model = new RunnerNextTokenModel(runner);
        int[] tokens = Some(50, 1);
        using (INextTokenSession first = model.StartSession())
            first.Append(tokens);
        long rows = runner.Rows;
        using INextTokenSession second = model.StartSession();
        Assert.Equal(runner.LogitsAfter(tokens), second.Append(tokens).ToArray());
        Assert.Equal(2, runner.Rows - rows);
        using INextTokenSession salted = model.StartSession(BlockHash.Root("other"));
        salted.Append(tokens);
        Assert.Equal(52, runner.Rows - rows);
    }

    [Fact]
    public void Sessions_side_by_side_keep_their_logits()
    {
        var runner = new FakeRunner();
        using var model = new RunnerNextTokenModel(runner);
        using INextTokenSession first = model.StartSession();
        using INextTokenSession second = model.StartSession(BlockHash.Root("", "x"), adapter: 2);
        ReadOnlySpan<float> one = first.Append([1, 2, 3]);
        ReadOnlySpan<float> two = second.Append([1, 2, 3]);
        Assert.Equal(runner.LogitsAfter([1, 2, 3]), one.ToArray());
        Assert.Equal(runner.LogitsAfter([1, 2, 3], adapter: 2), two.ToArray());
    }

    [Fact]
    public void The_context_ends_where_the_cache_does()
    {
        using var model = new RunnerNextTokenModel(new FakeRunner(blocks: 3, context: 100));
        Assert.Equal(48, model.ContextLength);
        using INextTokenSession session = model.StartSession();
        session.Append(Some(48, 1));
        Assert.Throws<ArgumentException>(() => session.Append([1]));
        using var small = new RunnerNextTokenModel(new FakeRunner(blocks: 30, context: 100));
        Assert.Equal(100, small.ContextLength);
    }

    [Fact]
    public void A_full_cache_is_said_and_the_session_goes_on_when_there_is_room()
    {
        var runner = new FakeRunner(blocks: 4);
        using var model = new RunnerNextTokenModel(runner);
        using INextTokenSession second = model.StartSession();
        int[] tokens = Some(30, 1);
        second.Append(tokens);
        using (INextTokenSession first = model.StartSession())
        {
            first.Append(Some(20, 2));
            Assert.Contains("cache is full", Assert.Throws<JobException>(() => second.Append(Some(20, 3))).Message);
            Assert.Equal(30, second.Length);
        }

        int[] more = Some(20, 4);
        Assert.Equal(runner.LogitsAfter([.. tokens, .. more]), second.Append(more).ToArray());
    }

    [Fact]
    public void A_failed_step_leaves_no_trace()
    {
        var runner = new FakeRunner(maxRows: 16) { FailAt = 4 };
        using var model = new RunnerNextTokenModel(runner);
        using INextTokenSession session = model.StartSession();
        int[] tokens = Some(10, 1);
        session.Append(tokens);
        Assert.Throws<InvalidOperationException>(() => session.Append(Some(60, 2)));
        int[] more = Some(60, 3);
        Assert.Equal(runner.LogitsAfter([.. tokens, .. more]), session.Append(more).ToArray());
    }

    [Fact]
    public void Wrong_input_is_refused()
    {
        var runner = new FakeRunner();
        var model = new RunnerNextTokenModel(runner);
        using INextTokenSession session = model.StartSession();
        Assert.Throws<ArgumentException>(() => session.Append([]));
        Assert.Throws<ArgumentException>(() => session.Append([1, -1]));
        Assert.Throws<ArgumentException>(() => session.Append([24]));
        Assert.Throws<ArgumentException>(() => model.Score([1], []));
        Assert.Throws<ArgumentException>(() => model.Score([1, 2], new float[2]));
        Assert.Throws<ArgumentException>(() => model.Score([1, 24], new float[1]));
        Assert.Throws<ArgumentException>(() => new RunnerNextTokenModel(runner, new BlockPool(65)));
        session.Dispose();
        Assert.Throws<ObjectDisposedException>(() => session.Append([1]));
        using (new RunnerNextTokenModel(runner, leaveOpen: true))
        {
        }

        Assert.False(runner.Disposed);
        model.Dispose();
        Assert.True(runner.Disposed);
    }

    private static int[] Some(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(24))];
    }
}
