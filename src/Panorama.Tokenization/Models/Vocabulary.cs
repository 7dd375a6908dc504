using System.Text;
using Panorama.Tokenization.Bytes;

namespace Panorama.Tokenization.Models;

/// <summary>All tokens by id: how they are written in files, and the bytes they stand for. Immutable.</summary>
internal sealed class Vocabulary
{
    private readonly string?[] _tokens;
    private readonly Dictionary<string, int> _ids;
    private readonly byte[] _bytes;
    private readonly int[] _starts; // [Count + 1]

    /// <summary>Takes distinct tokens in id order.</summary>
    /// <param name="tokens">Tokens as written; index is the id; null where an id has no token.</param>
    /// <param name="isByteLevel">Whether a token is written in the byte alphabet; otherwise its bytes are its UTF-8.</param>
    public Vocabulary(string?[] tokens, Func<int, bool> isByteLevel)
    {
        _tokens = tokens;
        _ids = new Dictionary<string, int>(tokens.Length, StringComparer.Ordinal);
        _starts = new int[tokens.Length + 1];
        _bytes = new byte[tokens.Sum(static t => t is null ? 0L : Encoding.UTF8.GetByteCount(t))];
        for (int id = 0; id < tokens.Length; id++)
        {
            _starts[id + 1] = _starts[id];
            if (tokens[id] is not { } token) continue;
            _ids.Add(token, id);
            Span<byte> target = _bytes.AsSpan(_starts[id]);
            // A token outside the alphabet cannot come out of merges; it stands for its own text.
            int length = isByteLevel(id) && target.Length >= token.Length && ByteAlphabet.TryToBytes(token, target)
                ? token.Length
                : Encoding.UTF8.GetBytes(token, target);
            _starts[id + 1] += length;
        }
    }

    /// <summary>How many ids there are; ids are 0 to Count - 1.</summary>
    public int Count => _tokens.Length;

    /// <summary>The token as it is written in files; empty where an id has none.</summary>
    public string Text(int id) => _tokens[id] ?? "";

    /// <summary>The bytes the token stands for.</summary>
    public ReadOnlySpan<byte> Bytes(int id) => _bytes.AsSpan(_starts[id], _starts[id + 1] - _starts[id]);

    /// <summary>The id of a token as written, or null.</summary>
    public int? Find(string token) => _ids.TryGetValue(token, out int id) ? id : null;
}
