using System.Globalization;
using Panorama.Core.Errors;

namespace Panorama.Training;

/// <summary>
/// Watches the loss. A step whose loss or gradient is not finite, or whose loss leaps far above its running mean,
/// is skipped; too many in a row stop the run with advice.
/// </summary>
/// <param name="maxSkipped">Steps in a row that may be skipped.</param>
public sealed class LossGuard(int maxSkipped)
{
    private const double Smoothing = 0.98;
    private const int Settling = 20;

    /// <summary>Nats above the running mean, and factor on it, from which a loss counts as exploding; both must be passed.</summary>
    private const double Leap = 3, LeapFactor = 1.5;

    /// <summary>The part of the state that a checkpoint keeps.</summary>
    /// <param name="Mean">Running mean of accepted losses, nats per token.</param>
    /// <param name="Accepted">Losses accepted so far.</param>
    /// <param name="SkippedInRow">Steps skipped since the last accepted one.</param>
    /// <param name="SkippedTotal">Steps skipped in the whole run.</param>
    public sealed record Memory(double Mean, long Accepted, int SkippedInRow, long SkippedTotal);

    /// <summary>The state; set when a run resumes.</summary>
    public Memory State { get; set; } = new(0, 0, 0, 0);

    /// <summary>Judges a step before the weights move.</summary>
    /// <param name="step">The step.</param>
    /// <param name="loss">Its loss, nats per token.</param>
    /// <param name="gradientNorm">Norm of its gradient.</param>
    /// <returns>Whether the step may move the weights.</returns>
    /// <exception cref="JobException">Too many steps in a row were skipped.</exception>
    public bool Accept(long step, double loss, double gradientNorm)
    {
        bool exploding = State.Accepted >= Settling && loss > State.Mean + Leap && loss > State.Mean * LeapFactor;
        if (double.IsFinite(loss) && double.IsFinite(gradientNorm) && !exploding)
        {
            // The first losses weigh as a plain mean, later ones exponentially.
            double keep = Math.Min(Smoothing, State.Accepted / (State.Accepted + 1.0));
            State = new(State.Mean * keep + (loss * (1 - keep)), State.Accepted + 1, 0, State.SkippedTotal);
            return true;
        }

        State = State with { SkippedInRow = State.SkippedInRow + 1, SkippedTotal = State.SkippedTotal + 1 };
        if (State.SkippedInRow > maxSkipped)
        {
            throw new JobException(string.Create(
                CultureInfo.InvariantCulture,
                $"Training diverges: {State.SkippedInRow} steps in a row were skipped up to step {step} (loss {loss:g4}, running mean {State.Mean:g4}, gradient norm {gradientNorm:g4}). The last checkpoint is intact. Lower optimizer.learning_rate (a third is a good start), raise optimizer.warmup_steps, or look for broken documents in the data."));
        }

        return false;
    }
}
