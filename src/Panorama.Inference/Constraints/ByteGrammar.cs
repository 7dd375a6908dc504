using System.Runtime.InteropServices;

namespace Panorama.Inference.Constraints;

/// <summary>
/// A recursive automaton over bytes: nodes with byte edges, empty edges, and calls of rules, which are automata of the same
/// kind and come back to where they were called. Immutable.
/// </summary>
internal sealed class ByteGrammar
{
    /// <summary>What a node whose end cannot be reached needs.</summary>
    public const int Endless = int.MaxValue / 2;

    /// <summary>Where each node's byte edges begin: [nodes + 1].</summary>
    public required int[] EdgeStarts { get; init; }

    /// <summary>Byte edges by node.</summary>
    public required ByteEdge[] Edges { get; init; }

    /// <summary>Where each node's empty edges begin: [nodes + 1].</summary>
    public required int[] EmptyStarts { get; init; }

    /// <summary>Targets of empty edges by node.</summary>
    public required int[] Empties { get; init; }

    /// <summary>Where each node's calls begin: [nodes + 1].</summary>
    public required int[] CallStarts { get; init; }

    /// <summary>Calls by node: the first node of the rule, and the node to come back to.</summary>
    public required RuleCall[] Calls { get; init; }

    /// <summary>Whether a node ends its rule.</summary>
    public required bool[] IsEnd { get; init; }

    /// <summary>How many calls must still be nested, at least, to come from a node to the end of its rule.</summary>
    public required int[] Needs { get; init; }

    /// <summary>For each node one that the tokens of <see cref="AliasReach"/> bytes cannot tell from it: an earlier round of the same long repeat, or itself.</summary>
    public required int[] Aliases { get; init; }

    /// <summary>The class of each byte: bytes of a class lead to the same places everywhere.</summary>
    public required byte[] ByteClasses { get; init; }

    /// <summary>A byte of each class.</summary>
    public required byte[] ClassBytes { get; init; }

    /// <summary>Where texts begin.</summary>
    public required int Start { get; init; }

    /// <summary>Most calls nested.</summary>
    public required int MaxDepth { get; init; }

    /// <summary>Bytes of the longest token for which <see cref="Aliases"/> hold.</summary>
    public const int AliasReach = 160;
}

/// <summary>Takes a byte of a range.</summary>
/// <param name="First">The first byte.</param>
/// <param name="Last">The last byte.</param>
/// <param name="Target">Where it leads.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ByteEdge(byte First, byte Last, int Target);

/// <summary>Calls a rule.</summary>
/// <param name="Rule">Its first node.</param>
/// <param name="Return">Where to go on afterwards.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct RuleCall(int Rule, int Return);
