using Panorama.Inference.Sampling;

namespace Panorama.Inference.Tests.Sampling;

public sealed class SamplerTests
{
    private static readonly GenerationOptions Plain = new() { Temperature = 1, Seed = 7 };

    [Fact]
    public void Greedy_takes_the_highest_logit_and_the_lowest_id_on_a_tie()
    {
        var sampler = new Sampler(4, new GenerationOptions { Temperature = 0 });
        Assert.Equal(1, sampler.Sample([0f, 5f, 5f, 4.9f]));
        Assert.Equal(0, sampler.Sample([-1f, -1f, -1f, -1f]));
        Assert.Equal(3, sampler.Sample([float.NegativeInfinity, -3f, -2f, -1f]));
    }

    [Fact]
    public void Greedy_does_not_depend_on_seed_or_filters() => Gen.Select(Gen.Float[-9, 9].Array[1, 70], Gen.ULong).Sample((logits, seed) =>
    {
        int expected = Array.IndexOf(logits, logits.Max());
        var options = new GenerationOptions { Temperature = 0, Seed = seed, TopK = 3, TopP = 0.3f };
        return new Sampler(logits.Length, options).Sample(logits) == expected;
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
        Assert.Equal(0, sampler.Sample([3f, 2f, -1f]));
        sampler.Observe([0, 0, 99, -1]);
        Assert.Equal(1, sampler.Sample([3f, 2f, -1f])); // 1.5, 2, −1
        Assert.Equal(0, sampler.Sample([5f, 2f, -1f])); // once, not twice: 2.5, 2, −1
        Assert.Equal(1, sampler.Sample([-1f, -1.5f, -9f])); // −2, −1.5, −9
    }

    [Fact]
    public void A_penalty_that_overflows_still_chooses()
    {
        var sampler = new Sampler(2, Plain with { RepetitionPenalty = 1e-30f });
        sampler.Observe([1]);
        Assert.Equal(1, sampler.Sample([3e38f, 3e38f / 2]));
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
            return [.. Enumerable.Range(0, count).Select(_ => sampler.Sample(logits))];
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
            return [.. Enumerable.Range(0, 200).Select(_ => sampler.Sample(flat))];
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
            string message = Assert.Throws<JobException>(() => sampler.Sample([0f, value, 1f])).Message;
            Assert.Contains(name, message, StringComparison.Ordinal);
            Assert.Contains("id 1 of 3", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_row_that_rules_everything_out_is_a_job_error()
    {
        var sampler = new Sampler(2, Plain);
        string message = Assert.Throws<JobException>(() => sampler.Sample([float.NegativeInfinity, float.NegativeInfinity])).Message;
        Assert.Contains("−infinity", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_ruled_out_token_is_never_drawn() => Gen.Select(Gen.Float[-5, 5].Array[2, 40], Gen.Int[0, 39], Gen.ULong).Sample((logits, at, seed) =>
    {
        int ruledOut = at % logits.Length;
        logits[ruledOut] = float.NegativeInfinity;
        var sampler = new Sampler(logits.Length, Plain with { Seed = seed, Temperature = 5, TopP = 0.99f });
        return Enumerable.Range(0, 20).All(_ => sampler.Sample(logits) != ruledOut);
    });

    [Fact]
    public void A_choice_allocates_nothing()
    {
        var sampler = new Sampler(5000, new GenerationOptions { TopK = 40, TopP = 0.9f, RepetitionPenalty = 1.1f });
        float[] logits = [.. Enumerable.Range(0, 5000).Select(i => MathF.Sin(i))];
        int[] observed = new int[1];
        Step();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            Step();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Step()
        {
            observed[0] = sampler.Sample(logits);
            sampler.Observe(observed);
        }
    }

    [Fact]
    public void A_row_of_another_length_is_refused() =>
        Assert.Throws<ArgumentException>(() => new Sampler(3, Plain).Sample([1f, 2f]));

    /// <summary>Pearson's chi-square over 20,000 draws; 30 is beyond the 99.99 % point for 3 degrees of freedom (21.1).</summary>
    private static void AssertDistribution(GenerationOptions options, float[] logits, double[] expected)
    {
        const int Draws = 20_000;
        var sampler = new Sampler(logits.Length, options);
        int[] counts = new int[logits.Length];
        for (int i = 0; i < Draws; i++)
        {
            counts[sampler.Sample(logits)]++;
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
