using Panorama.Core.Errors;
using Panorama.Data.Files;

namespace Panorama.Training.Settings;

/// <summary>A pre-training run.</summary>
public sealed record PretrainSettings
{
    /// <summary>Name of the run; it writes to <c>runs/NAME</c>.</summary>
    public string Name { get; init; } = "pretrain";

    /// <summary>The text.</summary>
    public CorpusSettings Data { get; init; } = new();

    /// <summary>The model's shape.</summary>
    public ModelSettings Model { get; init; } = new();

    /// <summary>Length of the run.</summary>
    public TrainSettings Train { get; init; } = new();

    /// <summary>Optimizer and schedule.</summary>
    public OptimizerSettings Optimizer { get; init; } = new();

    /// <summary>Checkpoints.</summary>
    public CheckpointSettings Checkpoint { get; init; } = new();
}

/// <summary>Where a run's text and tokenizer come from.</summary>
public sealed record CorpusSettings
{
    /// <summary>The SDK's own API documentation.</summary>
    public const string DotnetDocumentation = "dotnet-docs";

    /// <summary>Folder of text files, or <see cref="DotnetDocumentation"/>.</summary>
    public string Source { get; init; } = DotnetDocumentation;

    /// <summary>A corpus made by <c>data build</c>; replaces <see cref="Source"/>.</summary>
    public string? Prepared { get; init; }

    /// <summary>Whether API documents keep parameters, exceptions and remarks, or only name and summary.</summary>
    public bool FullDocumentation { get; init; }

    /// <summary>Documents taken, spread evenly over the source; 0: all.</summary>
    public int MaxDocuments { get; init => field = Require.That(value >= 0, value, "max_documents", "at least 0 (0: all)"); }

    /// <summary>Share of broken JSON lines above which reading stops.</summary>
    public double BrokenShare { get; init => field = RecordLimits.CheckedShare(value); } = RecordLimits.DefaultBrokenShare;

    /// <summary>A tokenizer to use instead of training one.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>Size of a tokenizer trained on the text.</summary>
    public int VocabularySize { get; init => field = SpecialTokens.CheckedVocabulary(value); } = 4096;
}
