namespace Panorama.Inference.Scheduling;

/// <summary>What a step may hold.</summary>
internal sealed record SchedulerLimits
{
    /// <summary>Most tokens of a step.</summary>
    public required int Rows { get; init; }

    /// <summary>Most running sequences; fewer than <see cref="Rows"/>, so that prompts always have a row.</summary>
    public required int Sequences { get; init; }

    /// <summary>Most tokens of prompts in a step in which others decode: bounds how long those wait for their next token.</summary>
    public int PromptRowsWhileDecoding { get; init; } = int.MaxValue;
}
