using Panorama.Core.Models;
using Panorama.Inference.Engine;
using Panorama.Inference.Families;
using Panorama.Inference.Model;
using Panorama.Inference.Sampling;
using Panorama.Inference.Speculation;
using Panorama.Inference.Tests.Families;

namespace Panorama.Inference.Tests.Engine;

/// <summary>The whole engine over the real forward: the promise that a token depends on its sequence alone is kept by both halves.</summary>
public sealed class RealModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("llama")]
    [InlineData("mistral")]
    [InlineData("gpt2")]
    public async Task A_crowd_in_a_small_cache_gets_the_tokens_of_each_alone(string family)
    {
        TinyModel.All[family].Write(_folder.Path);
        using ModelFiles files = ModelFiles.Open(_folder.Path);
        GenerationRequest[] requests = [.. Enumerable.Range(0, 12).Select(Request)];
        List<int>[][] expected = [.. requests.Select(request => Alone(files, request))];
        var options = new EngineOptions { MaxSequences = 5, Speculation = new SpeculationOptions { MinMatch = 1, MaxSequences = 5 } };
        foreach (bool drafts in new[] { false, true })
        {
            TransformerRunner? draft = drafts ? new TransformerRunner(files, new RunnerOptions { Threads = 1, CacheTokens = 160, MaxRows = 16 }) : null;
            await using var engine = new InferenceEngine(new TransformerRunner(files, new RunnerOptions { Threads = 2, CacheTokens = 80, MaxRows = 12 }), options, draft);
            await Task.WhenAll(requests.Select(async (request, i) =>
            {
                List<int>[] tokens = [.. request.Prompt.Take(request.Count).Select(_ => new List<int>())];
                await foreach (GeneratedToken token in engine.Submit(request))
                    tokens[token.Index].Add(token.Token);
                Assert.Equal(expected[i], tokens);
            }));
            Assert.True(engine.Statistics.AcceptedTokens > 0);
            if (drafts)
                Assert.Equal(engine.Statistics.DraftedTokens, engine.Statistics.AcceptedTokens); // the model guesses for itself
        }
    }

    public void Dispose() => _folder.Dispose();

    private static GenerationRequest Request(int i) => new()
    {
        Prompt = [.. Enumerable.Range(0, 4 + (i * 3 % 17)).Select(t => t < 8 ? 5 + t : (t * i) % 48)],
        Options = new GenerationOptions { MaxTokens = 8 + i, Temperature = i % 2, Seed = (ulong)i, TopP = 0.95f },
        Count = 1 + (i % 3),
    };

    private static List<int>[] Alone(ModelFiles files, GenerationRequest request)
    {
        using var model = new RunnerNextTokenModel(new TransformerRunner(files, new RunnerOptions { Threads = 1 }));
        var workspace = new SamplingWorkspace(model.VocabularySize);
        return [.. Enumerable.Range(0, request.Count).Select(index =>
        {
            var chooser = new SamplerChooser(model.VocabularySize, request.Options, request.Prompt, index);
            using INextTokenSession session = model.StartSession();
            List<int> tokens = [];
            int[] next = request.Prompt;
            do
            {
                next = [chooser.Choose(session.Append(next).ToArray(), workspace).Token];
                tokens.Add(next[0]);
            }
            while (tokens.Count < request.Options.MaxTokens && session.Length < model.ContextLength);
            return tokens;
        })];
    }
}
