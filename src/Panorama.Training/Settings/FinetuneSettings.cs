
using Panorama.Core.Errors;

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

    /// <summary>Token shard, without extension, of text the model was pre-trained on: every other step replays it, so that it is not forgotten. Empty: none.</summary>
    public string Replay { get; init; } = "";

    /// <summary>Sequences in one replay step, each as long as the context.</summary>
    public int ReplayBatchSize { get; init => field = Require.That(value is >= 1 and <= 1024, value, "replay_batch_size", "1 to 1024"); } = 8;

    /// <summary>Replay steps passed over, because pre-training has seen them.</summary>
    public int ReplayFrom { get; init => field = Require.That(value >= 0, value, "replay_from", "at least 0"); }

    /// <summary>Length of the run.</summary>
    public TrainSettings Train { get; init; } = new() { BatchSize = 16, Steps = 300 };

    /// <summary>Optimizer and schedule.</summary>
    public OptimizerSettings Optimizer { get; init; } = new() { LearningRate = 1e-3, WarmupSteps = 20, DecayFraction = 1 };

    /// <summary>Checkpoints.</summary>
    public CheckpointSettings Checkpoint { get; init; } = new();
}
