using System.Buffers;
using System.Text;

namespace Panorama.Tokenization.AddedTokens;

/// <summary>Finds added tokens in text: leftmost, the longest at a place. A byte trie, so hostile token lists cost nothing extra.</summary>
internal sealed class AddedTokenMatcher
{
    private readonly Dictionary<long, int> _edges = []; // node << 8 | byte -> node; the root is node 0
    private readonly List<int> _idAt = [-1]; // [node]
    private readonly SearchValues<byte> _firstBytes;

    /// <summary>Indexes tokens of non-empty content.</summary>
    public AddedTokenMatcher(IEnumerable<AddedToken> tokens)
    {
        var firstBytes = new HashSet<byte>();
        foreach (AddedToken token in tokens)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(token.Content);
            firstBytes.Add(bytes[0]);
            int node = 0;
            foreach (byte value in bytes) node = Child(node, value);
            _idAt[node] = token.Id;
        }

        _firstBytes = SearchValues.Create([.. firstBytes]);
    }

    /// <summary>The first added token in a text.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="at">Where it starts; the text's length when there is none.</param>
    /// <param name="length">Its length in bytes; 0 when there is none.</param>
    /// <param name="id">Its id; -1 when there is none.</param>
    public bool TryFind(ReadOnlySpan<byte> text, out int at, out int length, out int id)
    {
        at = 0;
        while (text[at..].IndexOfAny(_firstBytes) is >= 0 and var offset)
        {
            at += offset;
            if (LongestAt(text[at..], out length, out id)) return true;
            at++;
        }

        (at, length, id) = (text.Length, 0, -1);
        return false;
    }

    private bool LongestAt(ReadOnlySpan<byte> text, out int length, out int id)
    {
        (length, id) = (0, -1);
        int node = 0;
        for (int i = 0; i < text.Length && _edges.TryGetValue(((long)node << 8) | text[i], out node); i++)
            if (_idAt[node] >= 0) (length, id) = (i + 1, _idAt[node]);
        return id >= 0;
    }

    private int Child(int node, byte value)
    {
        long edge = ((long)node << 8) | value;
        if (_edges.TryGetValue(edge, out int child)) return child;
        child = _idAt.Count;
        _idAt.Add(-1);
        _edges.Add(edge, child);
        return child;
    }
}
