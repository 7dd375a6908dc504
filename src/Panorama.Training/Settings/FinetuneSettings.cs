
namespace Panorama.Training.Settings;

/// <summary>A fine-tuning run on chats, all weights trained.</summary>
public sealed record FinetuneSettings
{
    /// <summary>Name of the run; it writes to <c>runs/NAME</c>.</summary>
    public string Name { get; init; } = "finetune";

    /// <summary>Folder of the model to start from.</summary>
    public string Model { get; init; } = "";

    /// <summary>JSONL file of chats: one object with <c>messages</c> a line.</summary>
    public string Data { get; init; } = "";

    /// <summary>JSONL file of held-out chats; empty: none.</summary>
    public string HeldOut { get; init; } = "";

    /// <summary>Length of the run.</summary>
    public TrainSettings Train { get; init; } = new() { BatchSize = 16, Steps = 300 };

    /// <summary>Optimizer and schedule.</summary>
    public OptimizerSettings Optimizer { get; init; } = new() { LearningRate = 1e-3, WarmupSteps = 20, DecayFraction = 1 };

    /// <summary>Checkpoints.</summary>
    public CheckpointSettings Checkpoint { get; init; } = new();
}
