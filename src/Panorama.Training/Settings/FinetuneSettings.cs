using System.Globalization;
using Panorama.Core.Errors;
using Panorama.Data.Chats;

namespace Panorama.Training.Settings;

/// <summary>A fine-tuning run on chats: of all weights, or of an adapter.</summary>
public sealed record FinetuneSettings
{
    /// <summary>Name of the run; it writes to <c>runs/NAME</c>.</summary>
    public string Name { get; init; } = "finetune";

    /// <summary>Folder of the model to start from.</summary>
    public string Model { get; init; } = "";

    /// <summary>Files and folders of chats: JSON Lines or JSON arrays.</summary>
    public IReadOnlyList<string> Data { get; init; } = [];

    /// <summary>How the files write chats: messages, alpaca, sharegpt, prompt_completion, or auto, by the first records of each.</summary>
    public ChatFormat DataFormat { get; init; }

    /// <summary>A file or folder of held-out chats, or the share of the chats to hold out, such as 0.05; empty: none.</summary>
    public string HeldOut
    {
        get;
        init => field = Require.That(!double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double share) || share is > 0 and <= 0.5, value, "held_out", "a file, a folder, or a share in (0, 0.5]");
    } = "";

    /// <summary>Whether a row holds several chats, none of which sees another; otherwise one, padded.</summary>
    public bool Packing { get; init; } = true;

    /// <summary>Trains an adapter beside the frozen weights; absent: all weights are trained.</summary>
    public LoraSettings? Lora { get; init; }

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
