using System.Runtime.InteropServices;
using Panorama.Modeling.Attention;
using Panorama.Modeling.Families;
using Panorama.Modeling.Functions;
using Panorama.Training.Batches;
using Panorama.Training.Optim;
using TorchSharp;
using static TorchSharp.torch;

namespace Panorama.Training;

/// <summary>What one step did.</summary>
/// <param name="Loss">Mean negative log-likelihood of the targets, nats per token.</param>
/// <param name="GradientNorm">Global norm before clipping.</param>
/// <param name="LearningRate">Learning rate used.</param>
/// <param name="Tokens">Positions processed.</param>
/// <param name="Skipped">Whether the guard kept the weights as they were.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct StepResult(double Loss, double GradientNorm, double LearningRate, long Tokens, bool Skipped);

/// <summary>Forward, backward, clip, update: one step over its micro-batches.</summary>
/// <param name="model">A trainable model.</param>
/// <param name="optimizer">Its optimizer.</param>
/// <param name="guard">Decides whether the update happens.</param>
public sealed class TrainStep(DecoderModel model, FlatOptimizer optimizer, LossGuard guard)
{
    /// <summary>Seed of the dropout masks of an adapter.</summary>
    public ulong Seed { get; init; }

    /// <summary>Runs one step.</summary>
    /// <param name="step">Its number, from 1.</param>
    /// <param name="batches">Its data.</param>
    /// <param name="learningRate">Its learning rate.</param>
    public StepResult Run(long step, IReadOnlyList<MicroBatch> batches, double learningRate)
    {
        long targets = batches.Sum(b => (long)b.TargetCount);
        model.Trained.ZeroGradient();
        double loss = 0;
        for (int pass = 0; pass < batches.Count; pass++)
        {
            using var scope = NewDisposeScope();
            model.Adapter?.BeginPass(Seed, step, pass);
            Tensor part = Loss(model, batches[pass], 1.0 / Math.Max(1, targets));
            part.backward();
            BackwardErrors.ThrowIfAny();
            model.Adapter?.EndPass();
            loss += part.ToDouble();
        }

        double norm = optimizer.GradientNorm();
        bool accepted = guard.Accept(step, loss, norm);
        if (accepted)
        {
            optimizer.Step(learningRate, norm);
        }

        return new StepResult(loss, norm, learningRate, batches.Sum(b => (long)b.Tokens.Length), !accepted);
    }

    /// <summary>Sum of the negative log-likelihoods of a micro-batch's targets, nats, times a factor: the root of a backward pass.</summary>
    /// <param name="model">The model.</param>
    /// <param name="batch">The micro-batch.</param>
    /// <param name="scale">The factor.</param>
    public static Tensor Loss(DecoderModel model, MicroBatch batch, double scale = 1)
    {
        Tensor tokens_BT = tensor(batch.Tokens, batch.Rows, batch.Length).to(model.Parameters!.Data.device);
        SequenceStarts? starts = batch.Segments is { } segments ? SequenceStarts.Of(segments, batch.Rows, batch.Length) : null;
        return model.Loss(tokens_BT, batch.Targets, scale, starts);
    }
}
