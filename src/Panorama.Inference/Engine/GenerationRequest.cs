using Panorama.Core.Errors;
using Panorama.Core.Models;
using Panorama.Inference.Constraints;
using Panorama.Inference.KvCache;

namespace Panorama.Inference.Engine;

/// <summary>What the engine is to generate. Checked against model and cache when it is submitted.</summary>
public sealed record GenerationRequest
{
    /// <summary>The prompt, at least one token. Not changed while the request runs.</summary>
    public required int[] Prompt { get; init; }

    /// <summary>Sampling and the limit of tokens. The stop texts are the caller's to watch for, as the engine knows tokens only.</summary>
    public GenerationOptions Options { get; init; } = new();

    /// <summary>Ids that end a sequence.</summary>
    public IReadOnlyCollection<int> EndTokens { get; init; } = [];

    /// <summary>Sequences to generate from the prompt, which is computed once. Each has its own seed; the first has that of the options.</summary>
    public int Count { get; init => field = Require.That(value is >= 1 and <= 128, value, "n", "1 to 128"); } = 1;

    /// <summary>Requests of different salts share no part of the prefix cache.</summary>
    public string CacheSalt { get; init => field = BlockHash.CheckedName(value, "the cache salt"); } = string.Empty;

    /// <summary>The runner's adapter; −1: none.</summary>
    public int Adapter { get; init; } = -1;

    /// <summary>Names the adapter's weights in the prefix cache: other weights, other name. Needed with an adapter.</summary>
    public string AdapterName { get; init => field = BlockHash.CheckedName(value, "the adapter's name"); } = string.Empty;

    /// <summary>What the texts of the sequences must meet; null: nothing. A sequence that the limit of tokens cuts ends with <see cref="FinishReason.Length"/>.</summary>
    public TokenGrammar? Constraint { get; init; }

    /// <summary>Makes the chooser of each sequence from its index; null: the sampler with <see cref="Options"/> and <see cref="Constraint"/>. Called when the request starts, by the engine's thread: what takes long is prepared before.</summary>
    public Func<int, ITokenChooser>? Choosers { get; init; }
}
