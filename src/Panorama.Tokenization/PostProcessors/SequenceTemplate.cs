namespace Panorama.Tokenization.PostProcessors;

/// <summary>What a tokenizer puts around sequences when special tokens are asked for.</summary>
/// <param name="Single">The pieces around one sequence: ids, and <see cref="First"/>.</param>
/// <param name="Pair">The pieces around two: ids, <see cref="First"/> and <see cref="Second"/>.</param>
internal sealed record SequenceTemplate(int[] Single, int[] Pair)
{
    /// <summary>Stands for the first sequence.</summary>
    public const int First = -1;

    /// <summary>Stands for the second sequence.</summary>
    public const int Second = -2;

    /// <summary>Adds nothing.</summary>
    public static SequenceTemplate None { get; } = new([First], [First, Second]);

    /// <summary>Puts sequences in their places.</summary>
    public static int[] Fill(int[] pieces, ReadOnlySpan<int> first, ReadOnlySpan<int> second)
    {
        var ids = new List<int>(pieces.Length + first.Length + second.Length);
        foreach (int piece in pieces)
        {
            if (piece == First) ids.AddRange(first);
            else if (piece == Second) ids.AddRange(second);
            else ids.Add(piece);
        }

        return [.. ids];
    }
}
