using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Panorama.Inference.Constraints;

/// <summary>A place in a grammar.</summary>
/// <param name="Node">The node, one with byte edges.</param>
/// <param name="Frame">The calls it is in.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct GrammarPlace(int Node, Frame Frame);

/// <summary>A state of the deterministic automaton: all places that the bytes so far can have led to.</summary>
/// <param name="places">The places, each once, in an order that their set determines.</param>
/// <param name="accepts">Whether the text may end here.</param>
/// <param name="comesOut">Whether the bytes can have led out of an open frame just now.</param>
/// <param name="classes">Number of byte classes.</param>
internal sealed class AutomatonState(GrammarPlace[] places, bool accepts, bool comesOut, int classes)
{
    /// <summary>The places.</summary>
    public GrammarPlace[] Places { get; } = places;

    /// <summary>Whether the text may end here.</summary>
    public bool Accepts { get; } = accepts;

    /// <summary>Whether the bytes can have led out of an open frame just now.</summary>
    public bool ComesOut { get; } = comesOut;

    /// <summary>The state behind each class of bytes, as far as it is known; <see cref="Automaton.Dead"/> where there is none.</summary>
    public AutomatonState?[] Next { get; } = new AutomatonState?[classes];

    /// <summary>The tokens that may follow, or null when they are not known.</summary>
    public uint[]? Mask { get; set; }

    /// <summary>For places in an open frame: where in the tokens' tree walks come out of it and the tree goes on.</summary>
    public int[] Exits { get; set; } = [];

    /// <summary>Which generation of states it belongs to.</summary>
    public int Generation { get; set; }
}

/// <summary>Compares states by what they are made of.</summary>
internal sealed class StateComparer : IEqualityComparer<AutomatonState>
{
    /// <inheritdoc/>
    public bool Equals(AutomatonState? x, AutomatonState? y) =>
        x is not null && y is not null && x.Accepts == y.Accepts && x.ComesOut == y.ComesOut && x.Places.AsSpan().SequenceEqual(y.Places);

    /// <inheritdoc/>
    public int GetHashCode([DisallowNull] AutomatonState obj)
    {
        var hash = new HashCode();
        foreach (GrammarPlace place in obj.Places)
        {
            hash.Add(place.Node);
            hash.Add(System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(place.Frame));
        }

        return hash.ToHashCode();
    }
}
