using System.Diagnostics;
using System.Runtime.InteropServices;
using Panorama.Core.Configuration;
using Panorama.Core.Models;
using Panorama.Data.Sampling;
using Panorama.Data.Shards;
using Panorama.Modeling.Native;
using Panorama.Training.Batches;
using Panorama.Training.Settings;
using static TorchSharp.torch;

namespace Panorama.Training.Benchmarks;

/// <summary>How far the eager loop came.</summary>
/// <param name="Steps">Steps taken.</param>
/// <param name="Tokens">Positions processed.</param>
/// <param name="Seconds">Seconds taken.</param>
/// <param name="BitsPerByte">Bits per byte on the held-out text.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct EagerOutcome(long Steps, long Tokens, double Seconds, double BitsPerByte);

/// <summary>
/// What a plain TorchSharp loop reaches in a given time: the 5.7 M LLaMA-style model, AdamW at 1e-3 with warmup and a
/// cosine over the elapsed time, batches of 8 windows of 256 tokens. The peer of the demo's held-out loss.
/// </summary>
public static class EagerTraining
{
    private const int Rows = 8, Length = 256;
    private const double PeakLearningRate = 1e-3, WarmupShare = 0.05;

    /// <summary>Trains for a time, then measures.</summary>
    /// <param name="shard">The training tokens.</param>
    /// <param name="vocabularySize">Ids of the tokenizer.</param>
    /// <param name="heldOut">The held-out text.</param>
    /// <param name="seconds">Time to train.</param>
    /// <param name="progress">Told the seconds gone and the loss.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    public static EagerOutcome Run(ITokenStream shard, int vocabularySize, HeldOutText heldOut, double seconds, Action<double, double>? progress, CancellationToken cancellation)
    {
        TorchRuntime.EnsureLoaded();
        random.manual_seed(1);
        using var eager = new EagerDecoder(ModelConfig.Llama(vocabularySize, 256, 6, 4, 4, 688, Length, tieEmbeddings: true));
        using var optimizer = optim.AdamW(eager.parameters(), lr: PeakLearningRate, beta2: 0.95, weight_decay: 0.1);
        var batches = new WindowBatches(new WindowSampler(shard, new WindowSamplerOptions { ContextLength = Length, Seed = 1 }), new TrainSettings { BatchSize = Rows });
        long began = Stopwatch.GetTimestamp();
        long steps = 0;
        double gone;
        while ((gone = Stopwatch.GetElapsedTime(began).TotalSeconds) < seconds)
        {
            cancellation.ThrowIfCancellationRequested();
            double share = gone / seconds;
            double rate = PeakLearningRate * Math.Min(share / WarmupShare, 0.5 * (1 + Math.Cos(Math.PI * share)));
            foreach (var group in optimizer.ParamGroups)
            {
                group.LearningRate = rate;
            }

            steps++;
            progress?.Invoke(gone, Step(eager, optimizer, batches.Get(steps)[0]));
        }

        double bits = heldOut.Measure(new Scorer(eager, vocabularySize), cancellation)[HeldOutText.BitsPerByte];
        return new EagerOutcome(steps, steps * Rows * Length, gone, bits);
    }

    /// <summary>One step of the loop.</summary>
    /// <param name="eager">The model.</param>
    /// <param name="optimizer">Its optimizer.</param>
    /// <param name="batch">The data.</param>
    /// <returns>The loss, nats per token.</returns>
    internal static double Step(EagerDecoder eager, optim.Optimizer optimizer, MicroBatch batch)
    {
        using var scope = NewDisposeScope();
        optimizer.zero_grad();
        Tensor logits = eager.forward(tensor(batch.Tokens, batch.Rows, batch.Length));
        Tensor loss = nn.functional.cross_entropy(logits.view(-1, logits.shape[^1]), tensor(batch.Targets));
        loss.backward();
        nn.utils.clip_grad_norm_(eager.parameters(), 1.0);
        optimizer.step();
        return loss.item<float>();
    }

    private sealed class Scorer(EagerDecoder eager, int vocabularySize) : INextTokenModel
    {
        public int VocabularySize => vocabularySize;

        public int ContextLength => Length;

        public void Score(ReadOnlySpan<int> tokens, Span<float> logProbabilities)
        {
            using IDisposable quiet = no_grad();
            using var scope = NewDisposeScope();
            long[] ids = new long[tokens.Length];
            for (int i = 0; i < ids.Length; i++)
            {
                ids[i] = tokens[i];
            }

            Tensor scores_TV = nn.functional.log_softmax(eager.forward(tensor(ids[..^1]).unsqueeze(0)).squeeze(0), 1);
            Tensor chosen_T = scores_TV.gather(1, tensor(ids[1..]).unsqueeze(1)).squeeze(1);
            TensorMemory.Span<float>(chosen_T.contiguous()).CopyTo(logProbabilities);
        }

        public INextTokenSession StartSession() => throw new NotSupportedException("the peer of a benchmark only scores");

        public void Dispose()
        {
            // The model belongs to the caller.
        }
    }
}
