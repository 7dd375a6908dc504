using Panorama.Core.Configuration;
using Panorama.Core.Errors;

namespace Panorama.Cli.Tests.Recipes;

internal enum SampleSchedule
{
    Cosine,
    WarmupStableDecay,
}

internal sealed record SampleTrain
{
    public const int Most = 42;

    /// <summary>Steps to <c>train</c>, as
    /// <see cref="SampleSettings"/> says.</summary>
    public int Steps { get; init => field = Require.That(value >= 1, value, "steps", "at least 1"); } = 100;

    [Setting("Peak learning rate.", Unit = "per step")]
    public double LearningRate { get; init; } = 3e-4;

    public SampleSchedule Schedule { get; init; } = SampleSchedule.Cosine;

    /// <summary>As <see cref="Steps"/>, at most <see cref="Most"/>.</summary>
    public bool TieWeights { get; init; } = true;

    public int? StopAt { get; init; }
}

internal sealed record SampleSource
{
    public required string Path { get; init; }

    public float Weight { get; init; } = 1;
}

internal sealed record SampleData
{
    public IReadOnlyList<string> Folders { get; init; } = ["docs"];

    public IReadOnlyList<SampleSource> Sources { get; init; } = [];

    public ulong Seed { get; init; } = 7;

    public string? Licence { get; init; }
}

internal sealed record SampleSettings
{
    public string Name { get; init; } = "sample";

    /// <summary>The training loop.</summary>
    public SampleTrain Train { get; init; } = new();

    public SampleData Data { get; init; } = new();

    public SampleTrain? Finetune { get; init; }
}
