using Panorama.Training.Settings;

namespace Panorama.Training.Optim;

/// <summary>The learning rate as a pure function of the step.</summary>
/// <param name="settings">Shape and peak.</param>
/// <param name="totalSteps">Steps of the whole run, at least 1.</param>
public sealed class LearningRateSchedule(OptimizerSettings settings, long totalSteps)
{
    private readonly long _warmup = Math.Min(settings.WarmupSteps, totalSteps);

    /// <summary>Learning rate of a step.</summary>
    /// <param name="step">1 for the first step, up to the total.</param>
    public double At(long step)
    {
        double peak = settings.LearningRate;
        if (step <= _warmup)
        {
            return peak * step / _warmup;
        }

        return settings.Schedule switch
        {
            ScheduleKind.Constant => peak,
            ScheduleKind.Cosine => peak * Between(0.5 * (1 + Math.Cos(Math.PI * Fraction(step, _warmup)))),
            ScheduleKind.WarmupStableDecay => peak * Between(1 - Fraction(step, DecayStart)),
            _ => throw new InvalidOperationException($"unknown schedule {settings.Schedule}"),
        };
    }

    private long DecayStart => Math.Max(_warmup, totalSteps - (long)Math.Round(totalSteps * settings.DecayFraction));

    private double Fraction(long step, long start) => totalSteps == start ? 0 : Math.Clamp((step - start) / (double)(totalSteps - start), 0, 1);

    private double Between(double share) => settings.FinalFraction + ((1 - settings.FinalFraction) * share);
}
