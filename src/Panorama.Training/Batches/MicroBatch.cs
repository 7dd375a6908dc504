namespace Panorama.Training.Batches;

/// <summary>One forward pass worth of sequences, on the host.</summary>
/// <param name="Tokens">Inputs, row by row: [Rows × Length].</param>
/// <param name="Targets">What each position predicts, or <see cref="Ignore"/>: [Rows × Length].</param>
/// <param name="Rows">Sequences.</param>
/// <param name="Length">Tokens of each.</param>
public sealed record MicroBatch(long[] Tokens, long[] Targets, int Rows, int Length)
{
    /// <summary>Target of a position that has no loss.</summary>
    public const long Ignore = -100;

    /// <summary>Number of the sequence each position belongs to, when rows hold several that must not see each other: [Rows × Length]. Otherwise <see langword="null"/>.</summary>
    public long[]? Segments { get; init; }

    /// <summary>Positions that have a loss.</summary>
    public int TargetCount { get; } = Targets.Count(t => t != Ignore);
}

/// <summary>The data of every step, as a pure function of the step, so that a run resumes anywhere.</summary>
public interface IBatchSource
{
    /// <summary>The micro-batches of a step.</summary>
    /// <param name="step">1 for the first step.</param>
    IReadOnlyList<MicroBatch> Get(long step);
}
