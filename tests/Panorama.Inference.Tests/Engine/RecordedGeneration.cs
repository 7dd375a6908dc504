using Panorama.Core.Models;
using Panorama.Inference.Engine;
using Panorama.Inference.Sampling;

namespace Panorama.Inference.Tests.Engine;

/// <summary>Keeps what a request generated, and what it generates alone and without a cache.</summary>
internal sealed class RecordedGeneration(GenerationRequest request) : Generation(request)
{
    public List<int>[] Tokens { get; } = [.. Enumerable.Range(0, request.Count).Select(_ => new List<int>())];

    public FinishReason?[] Finish { get; } = new FinishReason?[request.Count];

    public Exception? Error { get; private set; }

    public int Completions { get; private set; }

    public override void Emit(in GeneratedToken token)
    {
        Assert.False(IsOver);
        Assert.Null(Finish[token.Index]);
        Tokens[token.Index].Add(token.Token);
        Finish[token.Index] = token.Finish;
    }

    protected override void OnCompleted(Exception? error)
    {
        Completions++;
        Error = error;
    }

    /// <summary>The request's sequences generated one after the other, each token from the whole beginning.</summary>
    public static (int[] Tokens, FinishReason Finish) Alone(FakeRunner runner, GenerationRequest request, int index, int storedLimit)
    {
        ITokenChooser chooser = request.Choosers?.Invoke(index) ?? new SamplerChooser(runner.VocabularySize, request.Options, request.Prompt, index);
        var workspace = new SamplingWorkspace(runner.VocabularySize);
        int limit = Math.Min(request.Prompt.Length + request.Options.MaxTokens, storedLimit + 1);
        List<int> all = [.. request.Prompt];
        ulong state = FakeRunner.StartOf(request.Adapter);
        foreach (int token in all)
            state = FakeRunner.Next(state, token);
        while (true)
        {
            float[] logits = new float[runner.VocabularySize];
            for (int id = 0; id < logits.Length; id++)
                logits[id] = runner.Model(state, id);
            ChosenToken chosen = chooser.Choose(logits, workspace);
            all.Add(chosen.Token);
            state = FakeRunner.Next(state, chosen.Token);
            if (chosen.Ends || request.EndTokens.Contains(chosen.Token))
                return ([.. all.Skip(request.Prompt.Length)], FinishReason.Stop);
            if (all.Count == limit)
                return ([.. all.Skip(request.Prompt.Length)], FinishReason.Length);
        }
    }
}
