using System.Runtime.InteropServices;

namespace Panorama.Inference.KvCache;

/// <summary>What a <see cref="BlockPool"/> holds and how often its prefix cache helped.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct PoolStatistics
{
    /// <summary>All blocks.</summary>
    public required int Blocks { get; init; }

    /// <summary>Blocks that sequences hold.</summary>
    public required int UsedBlocks { get; init; }

    /// <summary>Blocks that no sequence holds but that a new prompt can still find.</summary>
    public required int CachedBlocks { get; init; }

    /// <summary>Tokens of prompts that were looked up.</summary>
    public required long QueriedTokens { get; init; }

    /// <summary>Tokens of prompts that were found and not computed again; at most <see cref="QueriedTokens"/>.</summary>
    public required long HitTokens { get; init; }

    /// <summary>Findable blocks that were given to another sequence.</summary>
    public required long Evictions { get; init; }

    /// <summary>Blocks copied because two sequences shared them and one went on.</summary>
    public required long Copies { get; init; }

    /// <summary>Share of the blocks in use, 0 to 1.</summary>
    public double Usage => (double)UsedBlocks / Blocks;
}
