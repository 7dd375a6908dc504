using Panorama.Core.Errors;
using Panorama.Core.Models;
using Panorama.Inference.Sampling;

namespace Panorama.Inference.Tests.Sampling;

public sealed class SamplerTests
{
    private static readonly GenerationOptions Plain = new() { Temperature = 1, Seed = 7 };

    [Fact]
    public void Greedy_takes_the_highest_logit_and_the_lowest_id_on_a_tie()
    {
        var sampler = new Sampler(4, new GenerationOptions { Temperature = 0 });
        Assert.Equal(1, Choose(sampler, [0f, 5f, 5f, 4.9f]));
        Assert.Equal(0, Choose(sampler, [-1f, -1f, -1f, -1f]));
        Assert.Equal(3, Choose(sampler, [float.NegativeInfinity, -3f, -2f, -1f]));
    }

    [Fact]
    public void Greedy_does_not_depend_on_seed_or_filters() => Gen.Select(Gen.Float[-9, 9].Array[1, 70], Gen.ULong).Sample((logits, seed) =>
    {
        int expected = Array.IndexOf(logits, logits.Max());
        var options = new GenerationOptions { Temperature = 0, Seed = seed, TopK = 3, TopP = 0.3f };
        return Choose(new Sampler(logits.Length, options), logits) == expected;
    });

    [Fact]
    public void Draws_follow_the_softmax_distribution()
    {
        // softmax(ln 1, ln 2, ln 3, ln 4) = 0.1, 0.2, 0.3, 0.4
        float[] logits = [0, MathF.Log(2), MathF.Log(3), MathF.Log(4)];
        AssertDistribution(Plain, logits, [0.1, 0.2, 0.3, 0.4]);
    }

    [Fact]
    public void Temperature_one_half_squares_the_probabilities()
    {
        // 1, 4, 9, 16 over 30
        float[] logits = [0, MathF.Log(2), MathF.Log(3), MathF.Log(4)];
        AssertDistribution(Plain with { Temperature = 0.5f }, logits, [1 / 30.0, 4 / 30.0, 9 / 30.0, 16 / 30.0]);
    }

    [Fact]
    public void Top_k_keeps_the_k_best_and_renormalizes()
    {
        // best two of 0.3, 0.1, 0.4, 0.2
        float[] logits = [MathF.Log(3), 0, MathF.Log(4), MathF.Log(2)];
        AssertDistribution(Plain with { TopK = 2 }, logits, [3 / 7.0, 0, 4 / 7.0, 0]);
    }

    [Fact]
    public void Top_k_on_a_tie_keeps_the_lower_id() =>
        AssertDistribution(Plain with { TopK = 2 }, [1, 2, 1, 1], [1 / (1 + Math.E), Math.E / (1 + Math.E), 0, 0]);

    [Fact]
    public void Top_p_keeps_the_smallest_set_that_reaches_p()
    {
        // 0.4 + 0.3 = 0.7 < 0.75, with 0.2: 0.9
        float[] logits = [MathF.Log(3), 0, MathF.Log(4), MathF.Log(2)];
        AssertDistribution(Plain with { TopP = 0.75f }, logits, [3 / 9.0, 0, 4 / 9.0, 2 / 9.0]);
        AssertDistribution(Plain with { TopP = 0.01f }, logits, [0, 0, 1, 0]);
    }

    [Fact]
    public void Top_p_counts_what_top_k_left()
    {
        // Top-k leaves 3/7 and 4/7; 4/7 alone reaches 0.55, though 0.4 of the whole would not.
        float[] logits = [MathF.Log(3), 0, MathF.Log(4), MathF.Log(2)];
        AssertDistribution(Plain with { TopK = 2, TopP = 0.55f }, logits, [0, 0, 1, 0]);
    }

    [Fact]
    public void Repetition_penalty_divides_positive_and_multiplies_negative_logits()
    {
        var sampler = new Sampler(3, new GenerationOptions { Temperature = 0, RepetitionPenalty = 2 });
        Assert.Equal(0, Choose(sampler, [3f, 2f, -1f]));
        sampler.ObservePrompt([0, 0, 99, -1]);
        Assert.Equal(1, Choose(sampler, [3f, 2f, -1f])); // 1.5, 2, −1
        Assert.Equal(0, Choose(sampler, [5f, 2f, -1f])); // once, not twice: 2.5, 2, −1
        Assert.Equal(1, Choose(sampler, [-1f, -1.5f, -9f])); // −2, −1.5, −9
    }

    [Fact]
    public void A_penalty_that_overflows_still_chooses()
    {
        var sampler = new Sampler(2, Plain with { RepetitionPenalty = 1e-30f });
        sampler.ObservePrompt([1]);
        Assert.Equal(1, Choose(sampler, [3e38f, 3e38f / 2]));
    }

    [Fact]
    public void The_same_seed_gives_the_same_choices_and_another_seed_gives_others()
    {
        int[] first = Run(Plain, 64), again = Run(Plain, 64), other = Run(Plain with { Seed = 8 }, 64);
        Assert.Equal(first, again);
        Assert.NotEqual(first, other);

        static int[] Run(GenerationOptions options, int count)
        {
            var sampler = new Sampler(50, options);
            float[] logits = [.. Enumerable.Range(0, 50).Select(i => MathF.Sin(i))];
            return [.. Enumerable.Range(0, count).Select(i => Choose(sampler, logits, i))];
        }
    }

    [Fact]
    public void Neighbouring_seeds_do_not_share_shifted_sequences()
    {
        float[] flat = new float[1000];
        int[] a = Draws(1), b = Draws(2);
        Assert.True(a.Skip(1).Zip(b).Count(pair => pair.First == pair.Second) < 10);

        int[] Draws(ulong seed)
        {
            var sampler = new Sampler(1000, Plain with { Seed = seed });
            return [.. Enumerable.Range(0, 200).Select(i => Choose(sampler, flat, i))];
        }
    }

    [Theory]
    [InlineData(float.NaN, "NaN")]
    [InlineData(float.PositiveInfinity, "+infinity")]
    public void A_broken_logit_is_a_job_error_that_names_it(float value, string name)
    {
        foreach (float temperature in new[] { 0f, 1f })
        {
            var sampler = new Sampler(3, Plain with { Temperature = temperature });
            string message = Assert.Throws<JobException>(() => Choose(sampler, [0f, value, 1f])).Message;
            Assert.Contains(name, message, StringComparison.Ordinal);
            Assert.Contains("id 1 of 3", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_row_that_rules_everything_out_is_a_job_error()
    {
        var sampler = new Sampler(2, Plain);
        string message = Assert.Throws<JobException>(() => Choose(sampler, [float.NegativeInfinity, float.NegativeInfinity])).Message;
        Assert.Contains("−infinity", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_ruled_out_token_is_never_drawn() => Gen.Select(Gen.Float[-5, 5].Array[2, 40], Gen.Int[0, 39], Gen.ULong).Sample((logits, at, seed) =>
    {
        int ruledOut = at % logits.Length;
        logits[ruledOut] = float.NegativeInfinity;
        var sampler = new Sampler(logits.Length, Plain with { Seed = seed, Temperature = 5, TopP = 0.99f });
        return Enumerable.Range(0, 20).All(i => Choose(sampler, logits, i) != ruledOut);
    });

    [Fact]
    public void A_choice_allocates_nothing()
    {
        const int Size = 5000;
        bool[] filtered = [false, true];
        foreach (bool filters in filtered)
        {
            GenerationOptions options = filters
                ? new() { TopK = 40, TopP = 0.9f, MinP = 0.01f, TypicalP = 0.9f, RepetitionPenalty = 1.1f, FrequencyPenalty = 0.1f, LogitBias = new Dictionary<int, float> { [3] = 1 } }
                : new() { TopP = 0.95f };
            var sampler = new Sampler(Size, options);
            var workspace = new SamplingWorkspace(Size);
            float[] logits = [.. Enumerable.Range(0, Size).Select(i => MathF.Sin(i))];
            uint[] allowed = [.. Enumerable.Repeat(0x7FFFFFFFu, (Size + 31) / 32)];
            Step(0);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 1; i < 100; i++)
            {
                Step(i);
            }

            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

            void Step(int position) => sampler.Accept(sampler.Sample(logits, position, workspace, allowed));
        }
    }

    [Fact]
    public void Min_p_keeps_what_reaches_a_share_of_the_best()
    {
        // 0.3, 0.1, 0.4, 0.2: half of 0.4 is 0.2, a hair more drops it.
        float[] logits = [MathF.Log(3), 0, MathF.Log(4), MathF.Log(2)];
        AssertDistribution(Plain with { MinP = 0.499f }, logits, [3 / 9.0, 0, 4 / 9.0, 2 / 9.0]);
        AssertDistribution(Plain with { MinP = 0.501f }, logits, [3 / 7.0, 0, 4 / 7.0, 0]);
        AssertDistribution(Plain with { MinP = 0.501f, TopK = 3 }, logits, [3 / 7.0, 0, 4 / 7.0, 0]);
        AssertDistribution(Plain with { MinP = 1 }, logits, [0, 0, 1, 0]);
    }

    [Fact]
    public void Typical_keeps_what_surprises_as_much_as_expected()
    {
        // 0.6, 0.2, 0.1, 0.1: the entropy is 1.089 nats; the surprises are 0.511, 1.609, 2.303, so their distances 0.578, 0.520, 1.214.
        float[] logits = [MathF.Log(6), MathF.Log(2), 0, 0];
        AssertDistribution(Plain with { TypicalP = 0.15f }, logits, [0, 1, 0, 0]);
        AssertDistribution(Plain with { TypicalP = 0.75f }, logits, [0.75, 0.25, 0, 0]);
        AssertDistribution(Plain with { TypicalP = 0.85f }, logits, [6 / 9.0, 2 / 9.0, 1 / 9.0, 0]);
    }

    [Fact]
    public void Frequency_counts_the_output_and_presence_only_whether()
    {
        var sampler = new Sampler(3, new GenerationOptions { Temperature = 0, FrequencyPenalty = 1, PresencePenalty = 0.5f });
        sampler.ObservePrompt([0, 0]);
        float[] logits = [3, 2, 1];
        Assert.Equal(0, Choose(sampler, logits)); // the prompt does not count
        sampler.Accept(0);
        Assert.Equal(1, Choose(sampler, logits)); // 1.5, 2, 1
        sampler.Accept(1);
        Assert.Equal(0, Choose(sampler, logits)); // 1.5, 0.5, 1
        sampler.Accept(0);
        Assert.Equal(2, Choose(sampler, logits)); // 0.5, 0.5, 1
        sampler.Rewind([1, 0]);
        Assert.Equal(1, Choose(sampler, logits)); // 1.5, 2, 1 again
    }

    [Fact]
    public void Taking_back_what_was_not_accepted_is_an_error()
    {
        var sampler = new Sampler(3, Plain with { PresencePenalty = 1 });
        sampler.Accept(1);
        sampler.Rewind([1]);
        Assert.Throws<InvalidOperationException>(() => sampler.Rewind([1]));
    }

    [Fact]
    public void A_fork_goes_on_with_the_same_history_and_its_own_draws()
    {
        const int Size = 400;
        var sampler = new Sampler(Size, Plain with { PresencePenalty = 2, FrequencyPenalty = 2 });
        float[] flat = new float[Size];
        foreach (int token in Enumerable.Range(0, 300))
        {
            sampler.Accept(token);
        }

        Sampler same = sampler.Fork(Plain.Seed), other = sampler.Fork(99);
        int[] expected = Run(sampler);
        Assert.Equal(expected, Run(same));
        Assert.NotEqual(expected, Run(other));
        for (int i = 0; i < 50; i++)
        {
            other.Accept(5); // its own history: the first does not change
        }

        Assert.Equal(expected, Run(sampler));

        int[] Run(Sampler one) => [.. Enumerable.Range(0, 50).Select(i => Choose(one, flat, i))];
    }

    [Fact]
    public void A_position_draws_the_same_whatever_came_before()
    {
        float[] flat = new float[1000];
        var sampler = new Sampler(flat.Length, Plain);
        int[] forward = [.. Enumerable.Range(0, 30).Select(i => Choose(sampler, flat, i))];
        int[] backward = [.. Enumerable.Range(0, 30).Reverse().Select(i => Choose(sampler, flat, i)).Reverse()];
        Assert.Equal(forward, backward);
    }

    [Fact]
    public void Bias_is_added_and_a_token_outside_the_vocabulary_refused()
    {
        GenerationOptions options = new() { Temperature = 0, LogitBias = new Dictionary<int, float> { [2] = 5, [0] = -100 } };
        Assert.Equal(2, Choose(new Sampler(3, options), [9f, 3f, 1f]));
        Assert.Contains("0 to 1", Assert.Throws<InputException>(() => new Sampler(2, options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_allowed_tokens_are_chosen() => Gen.Select(Gen.Float[-9, 9].Array[1, 200], Gen.UInt.Array[7], Gen.ULong).Sample((logits, allowed, seed) =>
    {
        int[] ids = [.. Enumerable.Range(0, logits.Length).Where(i => (allowed[i / 32] >> (i % 32) & 1) != 0)];
        if (ids.Length == 0)
        {
            return;
        }

        var workspace = new SamplingWorkspace(logits.Length);
        var greedy = new Sampler(logits.Length, new GenerationOptions { Temperature = 0 });
        Assert.Equal(ids.MaxBy(i => logits[i]), greedy.Sample(logits, 0, workspace, allowed));
        foreach (GenerationOptions options in new[] { Plain, Plain with { TopK = 5 }, Plain with { TopP = 0.9f }, Plain with { MinP = 0.2f }, Plain with { TypicalP = 0.5f } })
        {
            var sampler = new Sampler(logits.Length, options with { Seed = seed, Temperature = 9 });
            Assert.All(Enumerable.Range(0, 20), i => Assert.Contains(sampler.Sample(logits, i, workspace, allowed), ids));
        }
    });

    [Fact]
    public void A_constraint_that_leaves_nothing_says_so()
    {
        var sampler = new Sampler(2, Plain);
        Assert.Contains("constraint", Assert.Throws<JobException>(() => sampler.Sample([1f, 2f], 0, new SamplingWorkspace(2), [0u])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Filters_keep_what_a_full_sort_would() => Gen.Select(Gen.Int[-400, 400].Array[1, 700], Gen.Int[1, 300], Gen.Int[1, 99], Gen.Int[0, 99]).Sample((scaled, k, p, minP) =>
    {
        float[] logits = [.. scaled.Select(s => s / 40f)];
        var candidates = new Candidates(logits.Length);
        candidates.Load(logits);
        candidates.Scale(logits.Max(), 1);
        candidates.KeepTop(k);
        candidates.KeepNucleus(p / 100f);
        candidates.KeepAbove(MathF.Max(minP / 100f, 1e-6f));

        int[] order = [.. Enumerable.Range(0, logits.Length).OrderByDescending(i => logits[i]).ThenBy(i => i).Take(k)];
        double[] weights = [.. order.Select(i => Math.Exp(logits[i] - logits.Max()))];
        double total = weights.Sum(), sum = 0;
        int kept = 0;
        while (kept < order.Length && sum < p / 100.0 * total)
        {
            sum += weights[kept++];
        }

        int[] expected = [.. order.Take(kept).Where((_, i) => weights[i] >= Math.Max(minP / 100.0, 1e-6))];
        TokenLogProbability[] best = new TokenLogProbability[candidates.Count];
        candidates.CopyBest(best);
        // Single precision may settle a sum or a share that is met exactly the other way.
        Assert.InRange(Math.Abs(best.Length - expected.Length), 0, 1);
        Assert.Equal(expected.Take(best.Length), best.Take(expected.Length).Select(b => b.Token));
    });

    [Fact]
    public void A_row_of_another_length_is_refused() =>
        Assert.Throws<ArgumentException>(() => Choose(new Sampler(3, Plain), [1f, 2f]));

    private static int Choose(Sampler sampler, ReadOnlySpan<float> logits, int position = 0) => sampler.Sample(logits, position, new SamplingWorkspace(sampler.VocabularySize));

    /// <summary>Pearson's chi-square over 20,000 draws; 30 is beyond the 99.99 % point for 3 degrees of freedom (21.1).</summary>
    private static void AssertDistribution(GenerationOptions options, float[] logits, double[] expected)
    {
        const int Draws = 20_000;
        var sampler = new Sampler(logits.Length, options);
        var workspace = new SamplingWorkspace(logits.Length);
        int[] counts = new int[logits.Length];
        for (int i = 0; i < Draws; i++)
        {
            counts[sampler.Sample(logits, i, workspace)]++;
        }

        double chiSquare = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            if (expected[i] == 0)
            {
                Assert.Equal(0, counts[i]);
                continue;
            }

            double mean = expected[i] * Draws;
            chiSquare += (counts[i] - mean) * (counts[i] - mean) / mean;
        }

        Assert.True(chiSquare < 30, $"seed {options.Seed}: counts {string.Join(' ', counts)}, chi-square {chiSquare}");
    }
}
