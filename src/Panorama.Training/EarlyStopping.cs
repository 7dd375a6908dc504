using Panorama.Training.Settings;

namespace Panorama.Training;

/// <summary>Ends a run that no longer improves on held-out data, and remembers when it was best.</summary>
/// <param name="settings">Patience and threshold.</param>
public sealed class EarlyStopping(TrainSettings settings)
{
    /// <summary>The figure that is watched; lower is better.</summary>
    public const string Figure = "validation_metrics/loss";

    /// <summary>The part of the state that a checkpoint keeps.</summary>
    /// <param name="Best">Lowest figure so far.</param>
    /// <param name="BestStep">Step at which it was measured.</param>
    /// <param name="Since">Measurements since then.</param>
    /// <param name="Stopped">Whether the run is over.</param>
    public sealed record Progress(double? Best, long? BestStep, int Since, bool Stopped)
    {
        /// <summary>Step of the last measurement that was judged; 0 before the first.</summary>
        public long Judged { get; init; }
    }

    /// <summary>Whether anything is watched.</summary>
    public bool IsOn => settings.EarlyStoppingPatience > 0;

    /// <summary>The state; set when a run resumes.</summary>
    public Progress State { get; set; } = new(null, null, 0, false);

    /// <summary>Judges a measurement.</summary>
    /// <param name="step">The step.</param>
    /// <param name="figure">The figure; one that is not a number is no improvement.</param>
    /// <returns>Whether it is the best so far.</returns>
    public bool Improves(long step, double figure)
    {
        bool better = State.Best is { } best ? figure < best - settings.EarlyStoppingThreshold : double.IsFinite(figure);
        int since = better ? 0 : State.Since + 1;
        State = better ? new Progress(figure, step, 0, false) { Judged = step } : State with { Judged = step, Since = since, Stopped = since >= settings.EarlyStoppingPatience };
        return better;
    }
}
