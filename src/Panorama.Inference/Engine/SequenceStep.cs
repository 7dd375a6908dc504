namespace Panorama.Inference.Engine;

/// <summary>What one sequence adds in a step.</summary>
public readonly record struct SequenceStep
{
    /// <summary>The new tokens, at least one.</summary>
    public required ReadOnlyMemory<int> Tokens { get; init; }

    /// <summary>Position of the first new token: the tokens that the cache holds already.</summary>
    public required int Start { get; init; }

    /// <summary>Block ids of the whole sequence in order, enough for <see cref="Start"/> + Tokens.Length tokens.</summary>
    public required ReadOnlyMemory<int> Blocks { get; init; }

    /// <summary>How many of the last new tokens want logits; 0 for a part of a prompt that goes on.</summary>
    public int LogitRows { get; init; }

    /// <summary>Index of the adapter to apply, as the runner numbers them; −1: none.</summary>
    public int Adapter { get; init; }

    /// <summary>Makes a step without an adapter.</summary>
    public SequenceStep() => Adapter = -1;
}
