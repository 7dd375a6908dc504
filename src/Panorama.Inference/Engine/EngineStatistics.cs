using System.Runtime.InteropServices;
using Panorama.Inference.KvCache;

namespace Panorama.Inference.Engine;

/// <summary>What an engine is doing and has done. Taken while it runs: the figures may be a step apart.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct EngineStatistics
{
    /// <summary>Sequences that hold blocks.</summary>
    public required int RunningSequences { get; init; }

    /// <summary>Sequences that wait to start, or to start again.</summary>
    public required int WaitingSequences { get; init; }

    /// <summary>Requests taken and not over.</summary>
    public required int OpenRequests { get; init; }

    /// <summary>Tokens of prompts computed, those of preempted sequences again.</summary>
    public required long PromptTokens { get; init; }

    /// <summary>Tokens generated.</summary>
    public required long GeneratedTokens { get; init; }

    /// <summary>Steps of the model.</summary>
    public required long Steps { get; init; }

    /// <summary>How often a sequence lost its blocks to another.</summary>
    public required long Preemptions { get; init; }

    /// <summary>Tokens guessed ahead and checked.</summary>
    public required long DraftedTokens { get; init; }

    /// <summary>Tokens guessed right; each saved a step of its sequence.</summary>
    public required long AcceptedTokens { get; init; }

    /// <summary>The cache.</summary>
    public required PoolStatistics Cache { get; init; }
}
