using Panorama.Core.Errors;
using Panorama.Core.Models;
using Panorama.Inference.Engine;
using Panorama.Inference.KvCache;
using Panorama.Inference.Scheduling;
using Panorama.Inference.Speculation;
using Panorama.Inference.Tests.Engine;

namespace Panorama.Inference.Tests.Speculation;

public sealed class SpeculationTests
{
    private static readonly SpeculationOptions Options = new() { MaxTokens = 4, MinMatch = 1, MaxMatch = 3 };

    [Theory]
    [InlineData(0f)]
    [InlineData(0.7f)]
    [InlineData(1.5f)]
    public void A_draft_model_changes_no_token_and_saves_steps(float temperature)
    {
        using var runner = new FakeRunner(context: 400);
        using FakeRunner draft = Draft(runner);
        var request = Request(temperature, newTokens: 200, seed: 3);
        (List<int> tokens, GenerationLoop loop) = Run(runner, request, new DraftModel(draft, Options, runner.VocabularySize));
        Assert.Equal(RecordedGeneration.Alone(runner, request, 0, 400).Tokens, tokens);
        Assert.InRange(loop.Steps, 40, 150); // 200 without it
        Assert.Equal(200, loop.Steps + loop.AcceptedTokens);
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(1f)]
    public void Looking_up_the_prompt_changes_no_token(float temperature)
    {
        // Few tokens and one of them preferred: ends recur, and are continued now as before, now otherwise.
        using var runner = new FakeRunner(context: 400, vocabulary: 4) { Model = (state, id) => (id == 2 ? 1.5f : 0) + ((state >> id) % 2) };
        GenerationRequest request = Request(temperature, newTokens: 200, seed: 1);
        (List<int> tokens, GenerationLoop loop) = Run(runner, request, new PromptLookup(Options));
        Assert.Equal(RecordedGeneration.Alone(runner, request, 0, 400).Tokens, tokens);
        Assert.InRange(loop.AcceptedTokens, 20, loop.DraftedTokens - 1);
        Assert.Equal(200, loop.Steps + loop.AcceptedTokens);
    }

    [Fact]
    public void A_repeating_text_is_guessed_right()
    {
        using var runner = new FakeRunner(context: 400, vocabulary: 3) { Model = (state, id) => id == 1 ? 9 : 0 };
        (List<int> tokens, GenerationLoop loop) = Run(runner, Request(0, newTokens: 200, seed: 1), new PromptLookup(Options));
        Assert.All(tokens, token => Assert.Equal(1, token));
        Assert.InRange(loop.Steps, 200 / 5, 60);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Drawn_tokens_have_the_distribution_of_the_model(bool lookup)
    {
        // Two tokens behind a prompt that makes the guesses start at the first.
        const int Vocabulary = 5, Seeds = 20_000;
        using var runner = new FakeRunner(blocks: 4, maxRows: 16, context: 32, vocabulary: Vocabulary) { Model = (state, id) => (state >> (id * 8)) % 8 * 0.25f };
        using FakeRunner draft = Draft(runner);
        int[] prompt = [0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1];
        int[] counts = new int[Vocabulary * Vocabulary * Vocabulary];
        long accepted = 0, drafted = 0;
        for (int seed = 0; seed < Seeds; seed++)
        {
            var request = new GenerationRequest { Prompt = prompt, Options = new GenerationOptions { MaxTokens = 5, Temperature = 1, Seed = (ulong)seed } };
            IDrafter drafter = lookup ? new PromptLookup(Options) : new DraftModel(draft, Options, Vocabulary);
            (List<int> tokens, GenerationLoop loop) = Run(runner, request, drafter);
            counts[(((tokens[1] * Vocabulary) + tokens[2]) * Vocabulary) + tokens[3]]++; // the first is no guess
            accepted += loop.AcceptedTokens;
            drafted += loop.DraftedTokens;
        }

        double[] expected = new double[counts.Length];
        for (int first = 0; first < Vocabulary; first++)
        {
            for (int i = 0; i < expected.Length; i++)
            {
                (int a, int b, int c) = (i / (Vocabulary * Vocabulary), i / Vocabulary % Vocabulary, i % Vocabulary);
                expected[i] += Seeds * Probability(runner, prompt, first) * Probability(runner, [.. prompt, first], a)
                    * Probability(runner, [.. prompt, first, a], b) * Probability(runner, [.. prompt, first, a, b], c);
            }
        }

        double chiSquare = counts.Zip(expected, (count, mean) => (count - mean) * (count - mean) / mean).Sum();
        Assert.InRange(chiSquare, 60, 185); // 124 degrees of freedom: 1 in 10,000 seeds' worth outside, each way
        Assert.True(accepted > Seeds / 4 && drafted - accepted > Seeds / 4, $"{accepted} of {drafted}");
    }

    [Fact]
    public void Guesses_of_a_draft_model_are_right_most_of_the_times_they_can_be()
    {
        // Two draws of p and q agree with probability 1 - TV(p, q) at best.
        using var runner = new FakeRunner(blocks: 200, context: 3000, vocabulary: 50);
        using FakeRunner draft = Draft(runner, blocks: 200, context: 3000);
        var request = Request(temperature: 1, newTokens: 2900, seed: 5);
        (List<int> tokens, GenerationLoop loop) = Run(runner, request, new DraftModel(draft, new SpeculationOptions { MaxTokens = 1 }, 50));
        double most = 0;
        List<int> all = [.. request.Prompt];
        foreach (int token in tokens)
        {
            float[] target = runner.LogitsAfter([.. all]), guess = draft.LogitsAfter([.. all]);
            most += target.Zip(guess, (p, q) => Math.Min(Math.Exp(p) / target.Sum(x => Math.Exp(x)), Math.Exp(q) / guess.Sum(x => Math.Exp(x)))).Sum();
            all.Add(token);
        }

        double share = (double)loop.AcceptedTokens / loop.DraftedTokens;
        Assert.InRange(share / (most / tokens.Count), 0.7, 1.05); // more for peaked distributions, as those of language
    }

    [Fact]
    public void An_end_among_the_guesses_ends_the_sequence_there()
    {
        using var runner = new FakeRunner(context: 400, vocabulary: 8);
        using FakeRunner draft = Draft(runner);
        for (int end = 0; end < 8; end++)
        {
            GenerationRequest request = Request(0, 100, seed: 1) with { EndTokens = [end] };
            (List<int> tokens, _) = Run(runner, request, new DraftModel(draft, Options, 8));
            Assert.Equal(RecordedGeneration.Alone(runner, request, 0, 400).Tokens, tokens);
        }
    }

    [Fact]
    public void Wrong_guesses_become_few()
    {
        using var runner = new FakeRunner(context: 400);
        using var contrary = new FakeRunner(context: 400) { Model = (state, id) => -runner.Model(state, id) };
        (_, GenerationLoop loop) = Run(runner, Request(0, 200, seed: 1), new DraftModel(contrary, new SpeculationOptions(), runner.VocabularySize));
        Assert.InRange(loop.DraftedTokens, 190, 220);
    }

    [Fact]
    public void A_broken_draft_model_costs_no_request()
    {
        using var runner = new FakeRunner(context: 400);
        using var broken = new FakeRunner(context: 400) { Model = (_, _) => float.NaN };
        GenerationRequest request = Request(0.5f, 50, seed: 1);
        (List<int> tokens, GenerationLoop loop) = Run(runner, request, new DraftModel(broken, Options, runner.VocabularySize));
        Assert.Equal(RecordedGeneration.Alone(runner, request, 0, 400).Tokens, tokens);
        Assert.Equal(0, loop.DraftedTokens);
    }

    [Fact]
    public void A_draft_model_of_another_tokenizer_is_refused()
    {
        using var runner = new FakeRunner(vocabulary: 20);
        using var draft = new FakeRunner(vocabulary: 19);
        Assert.Contains("tokenizer", Assert.Throws<InputException>(() => new InferenceEngine(runner, draft: draft)).Message);
        Assert.Throws<InputException>(() => new SpeculationOptions { MaxTokens = 65 });
    }

    [Fact]
    public async Task The_engine_guesses_with_either()
    {
        foreach (bool lookup in new[] { true, false })
        {
            var runner = new FakeRunner(context: 400, vocabulary: 3) { Model = (state, id) => id == 1 ? 9 : 0 };
            FakeRunner? draft = lookup ? null : Draft(runner);
            await using (var engine = new InferenceEngine(runner, new EngineOptions { Speculation = Options, StreamCapacity = 2 }, draft))
            {
                int count = 0;
                await foreach (GeneratedToken token in engine.Submit(Request(0, 100, seed: 1)))
                    count += token.Token;
                Assert.Equal(100, count);
                Assert.InRange(engine.Statistics.AcceptedTokens, 60, 90);
            }

            Assert.True(draft?.Disposed ?? true);
        }
    }

    [Fact]
    public void Guessing_allocates_nothing()
    {
        foreach (bool lookup in new[] { true, false })
        {
            using var runner = new FakeRunner(blocks: 100, maxRows: 32, context: 400, vocabulary: 8);
            using FakeRunner draft = Draft(runner);
            GenerationLoop loop = Loop(runner, lookup ? new PromptLookup(Options) : new DraftModel(draft, Options, 8));
            for (int i = 0; i < 3; i++)
                loop.Add(new RecordedGeneration(Request(i * 0.5f, 300, seed: i)) { Tokens = { [0] = new List<int>(400) } });
            for (int i = 0; i < 30; i++)
                loop.Step();
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 30; i++)
                loop.Step();
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
            Assert.True(loop.AcceptedTokens > 0);
        }
    }

    private static FakeRunner Draft(FakeRunner runner, int blocks = 64, int context = 400) => new(blocks, 32, context, runner.VocabularySize)
    {
        Model = (state, id) => runner.Model(state, id) + ((state >> (id % 5)) % 3 == 0 ? 0.8f : 0),
    };

    private static GenerationRequest Request(float temperature, int newTokens, int seed) => new()
    {
        Prompt = [1, 2, 0, 1, 2, 0, 1],
        Options = new GenerationOptions { MaxTokens = newTokens, Temperature = temperature, Seed = (ulong)seed },
    };

    private static GenerationLoop Loop(FakeRunner runner, IDrafter drafter)
    {
        var pool = new BlockPool(runner.BlockCount);
        return new GenerationLoop(runner, new Scheduler(pool, new SchedulerLimits { Rows = runner.MaxRows, Sequences = 4 }), pool, runner.VocabularySize, drafter);
    }

    private static (List<int> Tokens, GenerationLoop Loop) Run(FakeRunner runner, GenerationRequest request, IDrafter drafter)
    {
        GenerationLoop loop = Loop(runner, drafter);
        var generation = new RecordedGeneration(request);
        loop.Add(generation);
        while (loop.Step())
        {
        }

        return (generation.Tokens[0], loop);
    }

    private static double Probability(FakeRunner runner, int[] before, int token)
    {
        float[] logits = runner.LogitsAfter(before);
        return Math.Exp(logits[token]) / logits.Sum(logit => Math.Exp(logit));
    }
}
