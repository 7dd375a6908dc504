using System.Text.Json.Serialization;

namespace Panorama.Training.Checkpoints;

/// <summary>Everything besides weights and moments that a run needs to go on exactly where it was.</summary>
public sealed record TrainingState
{
    /// <summary>Identity of the run: a hash over the recipe and the data. A checkpoint of another run is refused.</summary>
    public required string Identity { get; init; }

    /// <summary>Steps done, skipped ones included. The position in the data follows from it.</summary>
    public required long Step { get; init; }

    /// <summary>Optimizer updates done.</summary>
    public required long Updates { get; init; }

    /// <summary>Positions processed.</summary>
    public required long Tokens { get; init; }

    /// <summary>Seconds of training so far, over all starts.</summary>
    public required double Seconds { get; init; }

    /// <summary>The guard's running figures.</summary>
    public required LossGuard.Memory Guard { get; init; }

    /// <summary>What early stopping remembers; <see langword="null"/> when it is off.</summary>
    public EarlyStopping.Progress? EarlyStopping { get; init; }

    /// <summary>State of libtorch's random generator, base64.</summary>
    public required string Random { get; init; }
}

/// <summary>Source-generated JSON of <see cref="TrainingState"/>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(TrainingState))]
internal sealed partial class TrainingStateJson : JsonSerializerContext;
