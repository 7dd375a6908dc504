using Panorama.Tokenization;

namespace Panorama.Inference.Constraints;

/// <summary>The tokens of a vocabulary as a tree of bytes, laid out in the order of a walk that may pass over subtrees. Immutable.</summary>
internal sealed class TokenTrie
{
    private readonly int[] _tokens; // sorted by their bytes
    private readonly int[] _tokenStarts; // [nodes + 1]: the tokens that end at a node

    /// <summary>Makes the tree.</summary>
    /// <param name="bytes">The bytes of each token; those without any are left out.</param>
    /// <param name="longest">Tokens of more bytes are left out.</param>
    /// <param name="except">Tokens that are left out, too.</param>
    public TokenTrie(TokenByteTable bytes, int longest, int[] except)
    {
        _tokens = [.. Enumerable.Range(0, bytes.Count).Where(id => bytes[id].Length > 0 && bytes[id].Length <= longest && Array.IndexOf(except, id) < 0)];
        Array.Sort(_tokens, (a, b) => bytes[a].SequenceCompareTo(bytes[b]) is var order && order != 0 ? order : a.CompareTo(b));
        List<byte> values = [];
        List<byte> depths = [];
        List<int> tokenStarts = [];
        ReadOnlySpan<byte> before = [];
        for (int i = 0; i < _tokens.Length; i++)
        {
            ReadOnlySpan<byte> token = bytes[_tokens[i]];
            int common = token.CommonPrefixLength(before);
            for (int depth = common; depth < token.Length; depth++)
            {
                values.Add(token[depth]);
                depths.Add((byte)(depth + 1));
                // Tokens of a node are those of this rank on, up to where the next node's begin.
                tokenStarts.Add(i);
            }

            before = token;
        }

        tokenStarts.Add(_tokens.Length);
        (Values, Depths, _tokenStarts) = ([.. values], [.. depths], [.. tokenStarts]);
        Ends = FindEnds(Depths);
        VocabularySize = bytes.Count;
        LongestToken = Depths.Length == 0 ? 0 : Depths.Max();
    }

    /// <summary>The byte of each node.</summary>
    public byte[] Values { get; }

    /// <summary>How many bytes lie on the way to each node, its own included.</summary>
    public byte[] Depths { get; }

    /// <summary>Where the subtree of each node ends.</summary>
    public int[] Ends { get; }

    /// <summary>Number of ids.</summary>
    public int VocabularySize { get; }

    /// <summary>Bytes of the longest token.</summary>
    public int LongestToken { get; }

    /// <summary>The tokens that end at a node.</summary>
    public ReadOnlySpan<int> Tokens(int node) => _tokens.AsSpan(_tokenStarts[node].._tokenStarts[node + 1]);

    /// <summary>The node of a single byte, or −1.</summary>
    public int Find(byte value)
    {
        for (int node = 0; node < Values.Length; node = Ends[node])
        {
            if (Values[node] == value)
            {
                return node;
            }
        }

        return -1;
    }

    private static int[] FindEnds(byte[] depths)
    {
        var ends = new int[depths.Length];
        Span<int> open = stackalloc int[byte.MaxValue + 2];
        int depth = 0;
        for (int node = 0; node <= depths.Length; node++)
        {
            int next = node < depths.Length ? depths[node] : 0;
            for (; depth >= next && depth > 0; depth--)
            {
                ends[open[depth]] = node;
            }

            depth = next;
            open[depth] = node;
        }

        return ends;
    }
}
