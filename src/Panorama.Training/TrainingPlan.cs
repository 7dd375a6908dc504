using Panorama.Modeling.Families;
using Panorama.Training.Batches;
using Panorama.Training.Settings;

namespace Panorama.Training;

/// <summary>Everything a <see cref="TrainingLoop"/> needs: a model with memory, its data, and its settings.</summary>
public sealed record TrainingPlan
{
    /// <summary>The model, allocated, trainable, initialized or loaded.</summary>
    public required DecoderModel Model { get; init; }

    /// <summary>The data of every step.</summary>
    public required IBatchSource Batches { get; init; }

    /// <summary>Length of the run.</summary>
    public required TrainSettings Train { get; init; }

    /// <summary>Optimizer and schedule.</summary>
    public required OptimizerSettings Optimizer { get; init; }

    /// <summary>Checkpoints.</summary>
    public required CheckpointSettings Checkpoint { get; init; }

    /// <summary>The run's folder; checkpoints go below it.</summary>
    public required string Folder { get; init; }

    /// <summary>Hash over everything that decides the result: recipe and data, without <c>stop_at</c>.</summary>
    public required string Identity { get; init; }

    /// <summary>Measures the model on held-out data: metric names and values; <see langword="null"/>: no validation.</summary>
    public Func<CancellationToken, IReadOnlyDictionary<string, double>>? Validate { get; init; }
}

/// <summary>How a training run ended.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Tokens">Positions processed.</param>
/// <param name="Seconds">Seconds of training over all starts.</param>
/// <param name="Finished">Whether the whole run is done, not only the part up to <c>stop_at</c>.</param>
/// <param name="LastLoss">Loss of the last step of this start, nats per token; not a number when none was taken.</param>
/// <param name="SkippedSteps">Steps skipped by the guard.</param>
/// <param name="Validation">The last validation, empty when there was none.</param>
public sealed record TrainingOutcome(long Step, long Tokens, double Seconds, bool Finished, double LastLoss, long SkippedSteps, IReadOnlyDictionary<string, double> Validation)
{
    /// <summary>The step whose weights were best and are handed over; <see langword="null"/> without early stopping.</summary>
    public long? BestStep { get; init; }

    /// <summary>Positions per second over all starts.</summary>
    public double TokensPerSecond => Seconds > 0 ? Tokens / Seconds : 0;
}
