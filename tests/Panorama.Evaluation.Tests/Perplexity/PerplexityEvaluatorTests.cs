using Panorama.Evaluation.Perplexity;

namespace Panorama.Evaluation.Tests.Perplexity;

public sealed class PerplexityEvaluatorTests
{
    [Fact]
    public void A_uniform_model_has_the_perplexity_of_its_vocabulary()
    {
        using var model = FakeModel.Uniform(16, 8);
        PerplexityResult result = PerplexityEvaluator.Evaluate(model, [Document(1, 2, 3, 4, 5), Document(6, 7, 8)]);

        // 4 + 2 predicted tokens of ln 16 nats = 24 bits over 8 bytes; log 16 is rounded to single precision.
        Assert.Equal(6, result.Tokens);
        Assert.Equal(2, result.UncountedTokens);
        Assert.Equal(2, result.Documents);
        Assert.Equal(8, result.Bytes);
        Assert.Equal(16, result.Perplexity, 1e-5);
        Assert.Equal(Math.Log(16), result.NllPerToken, 1e-6);
        Assert.Equal(3.0, result.BitsPerByte, 1e-6);
    }

    [Fact]
    public void A_bigram_model_gives_the_hand_computed_sum()
    {
        // p(0|0) = 1/2, p(1|0) = 1/4, p(2|0) = 1/4; from 1 always 1/8; from 2 always 1.
        double[][] p = [[0.5, 0.25, 0.25], [0.125, 0.125, 0.125], [1, 1, 1]];
        using var model = new FakeModel(3, 4, (left, token) => Math.Log(p[left[^1]][token]));
        PerplexityResult result = PerplexityEvaluator.Evaluate(model, [new TokenizedDocument(new[] { 0, 0, 1, 2, 0, 2 }, 10)]);

        // bits: 0→0 1, 0→1 2, 1→2 3, 2→0 0, 0→2 2: 8 bits over 5 tokens and 10 bytes
        Assert.Equal(5, result.Tokens);
        Assert.Equal(8 * Math.Log(2), result.TotalNll, 1e-6);
        Assert.Equal(0.8, result.BitsPerByte, 1e-7);
        Assert.Equal(Math.Pow(2, 8 / 5.0), result.Perplexity, 1e-6);
    }

    [Fact]
    public void With_a_begin_token_the_first_token_counts()
    {
        using var model = FakeModel.Uniform(4, 8);
        var options = new PerplexityOptions { BeginToken = 3 };
        PerplexityResult result = PerplexityEvaluator.Evaluate(model, [Document(0, 1), Document(2), Document(3, 0)], options);
        Assert.Equal(4, result.Tokens);
        Assert.Equal(0, result.UncountedTokens);
        Assert.Equal([3, 0, 1], model.Windows[0]);
        Assert.Equal([3, 2], model.Windows[1]);
        Assert.Equal([3, 0], model.Windows[2]); // a document that brings its own is not given another
    }

    [Fact]
    public void The_default_stride_is_half_the_context()
    {
        using var model = FakeModel.Uniform(4, 10);
        Assert.Equal(5, PerplexityEvaluator.Evaluate(model, [Document(0, 1)]).Stride);
    }

    [Fact]
    public void Any_stride_that_leaves_the_memory_inside_the_overlap_gives_identical_totals() =>
        Gen.Select(Gen.Int[1, 12], Gen.Int[0, 11], Gen.Int[0, 11], Gen.Int[0, 9].Array[2, 90]).Sample((context, overlap, memory, tokens) =>
        {
            overlap = Math.Min(overlap, context - 1);
            memory = Math.Min(memory, overlap);
            double exact = 0;
            using var whole = FakeModel.WithMemory(memory, 10, 1000);
            exact = PerplexityEvaluator.Evaluate(whole, [Document(tokens)]).TotalNll;

            using var model = FakeModel.WithMemory(memory, 10, context);
            PerplexityResult result = PerplexityEvaluator.Evaluate(model, [Document(tokens)], new PerplexityOptions { Stride = context - overlap });
            Assert.Equal(exact, result.TotalNll); // to the last bit: the same terms in the same order
            Assert.Equal(tokens.Length - 1, result.Tokens);
        });

    [Fact]
    public void Every_token_has_the_promised_left_context() =>
        Gen.Select(Gen.Int[1, 12], Gen.Int[1, 12], Gen.Int[2, 80]).Sample((context, stride, length) =>
        {
            stride = Math.Min(stride, context);
            int[] tokens = [.. Enumerable.Range(0, length)];
            using var model = FakeModel.Uniform(length, context);
            PerplexityEvaluator.Evaluate(model, [Document(tokens)], new PerplexityOptions { Stride = stride });
            int next = 1;
            foreach (int[] window in model.Windows)
            {
                Assert.Equal(Enumerable.Range(window[0], window.Length), window);
                int leftOfNext = next - window[0];
                Assert.True(leftOfNext >= Math.Min(next, context - stride), $"token {next} has {leftOfNext} to its left");
                Assert.InRange(next, window[0] + 1, window[^1]);
                next = window[^1] + 1;
            }

            Assert.Equal(length, next);
        });

    [Fact]
    public void A_document_in_pieces_scores_like_the_whole() =>
        Gen.Select(Gen.Int[0, 9].Array[2, 60], Gen.Int[1, 9]).Sample((tokens, piece) =>
        {
            using var model = FakeModel.WithMemory(3, 10, 8);
            var scorer = new SlidingWindowScorer(model, new PerplexityOptions());
            foreach (int[] part in tokens.Chunk(piece))
            {
                scorer.Add(part);
            }

            scorer.EndDocument(7);
            Assert.Equal(PerplexityEvaluator.Evaluate(model, [new TokenizedDocument(tokens, 7)]), scorer.Result());
        });

    [Fact]
    public void Documents_share_no_context()
    {
        using var model = FakeModel.WithMemory(5, 10, 8);
        double both = PerplexityEvaluator.Evaluate(model, [Document(1, 2, 3), Document(4, 5, 6)]).TotalNll;
        double apart = PerplexityEvaluator.Evaluate(model, [Document(1, 2, 3)]).TotalNll + PerplexityEvaluator.Evaluate(model, [Document(4, 5, 6)]).TotalNll;
        Assert.Equal(apart, both, 1e-12);
    }

    [Fact]
    public void The_sum_keeps_small_terms_over_millions_of_tokens()
    {
        using var model = new FakeModel(2, 64, (_, _) => -0.1);
        int[] tokens = new int[2_000_001];
        double expected = 2_000_000 * (double)0.1f;
        Assert.Equal(expected, PerplexityEvaluator.Evaluate(model, [Document(tokens)], new PerplexityOptions { Stride = 64 }).TotalNll, 1e-3);
    }

    [Fact]
    public void Nothing_to_score_is_an_input_error()
    {
        using var model = FakeModel.Uniform(4, 8);
        Assert.Throws<InputException>(() => PerplexityEvaluator.Evaluate(model, []));
        Assert.Throws<InputException>(() => PerplexityEvaluator.Evaluate(model, [Document()]));
        Assert.Throws<InputException>(() => PerplexityEvaluator.Evaluate(model, [Document(1)]));
    }

    [Fact]
    public void A_token_outside_the_vocabulary_is_named()
    {
        using var model = FakeModel.Uniform(4, 8);
        string message = Assert.Throws<InputException>(() => PerplexityEvaluator.Evaluate(model, [Document(1, 2), Document(1, 4)])).Message;
        Assert.Contains("Token id 4 in document 2", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stride_beyond_the_context_is_an_input_error()
    {
        using var model = FakeModel.Uniform(4, 8);
        Assert.Throws<InputException>(() => PerplexityEvaluator.Evaluate(model, [Document(1, 2)], new PerplexityOptions { Stride = 9 }));
        Assert.Throws<InputException>(() => new PerplexityOptions { Stride = 0 });
        Assert.Throws<InputException>(() => PerplexityEvaluator.Evaluate(model, [Document(1, 2)], new PerplexityOptions { BeginToken = 4 }));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.NegativeInfinity)]
    public void A_broken_probability_is_a_job_error(double value)
    {
        using var model = new FakeModel(4, 8, (_, token) => token == 2 ? value : -1);
        string message = Assert.Throws<JobException>(() => PerplexityEvaluator.Evaluate(model, [Document(1, 1, 2)])).Message;
        Assert.Contains("token id 2 in document 1", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Cancellation_stops_between_windows_and_progress_is_told()
    {
        using var model = FakeModel.Uniform(4, 8);
        using var source = new CancellationTokenSource();
        var told = new Recorder(progress =>
        {
            if (progress.Tokens >= 20)
            {
                source.Cancel();
            }
        });
        Assert.Throws<OperationCanceledException>(() => PerplexityEvaluator.Evaluate(model, [Document(new int[1000])], progress: told, cancellation: source.Token));
        Assert.InRange(model.Windows.Count, 2, 6);
        Assert.Equal(Math.Log(4), told.Last.NllPerToken, 1e-6);
    }

    private static TokenizedDocument Document(params int[] tokens) => new(tokens, tokens.Length);

    private sealed class Recorder(Action<PerplexityProgress> act) : IProgress<PerplexityProgress>
    {
        public PerplexityProgress Last { get; private set; }

        public void Report(PerplexityProgress value)
        {
            Last = value;
            act(value);
        }
    }
}
