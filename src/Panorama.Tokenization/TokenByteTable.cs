using System.Text;
using Panorama.Core.Errors;
using Panorama.Tokenization.Models;

namespace Panorama.Tokenization;

/// <summary>
/// The bytes that each token adds to a text: what a constraint on generated text has to know about tokens. Made once for a tokenizer.
/// </summary>
public sealed class TokenByteTable
{
    private readonly byte[] _bytes;
    private readonly int[] _starts; // [Count + 1]

    private TokenByteTable(byte[] bytes, int[] starts, bool dropsFirstSpace) => (_bytes, _starts, DropsFirstSpace) = (bytes, starts, dropsFirstSpace);

    /// <summary>Number of ids.</summary>
    public int Count => _starts.Length - 1;

    /// <summary>Whether a space at the very start of a decoded text is left out, as SentencePiece's tokenizers do.</summary>
    public bool DropsFirstSpace { get; }

    /// <summary>The bytes of a token behind others; none for control tokens and ids without a token.</summary>
    public ReadOnlySpan<byte> this[int id] => _bytes.AsSpan(_starts[id], _starts[id + 1] - _starts[id]);

    /// <summary>Finds the bytes of all tokens.</summary>
    /// <param name="tokenizer">A tokenizer whose texts are its tokens' parts joined: byte-level, or SentencePiece's.</param>
    /// <exception cref="InputException">The decoder changes tokens by what stands around them, as WordPiece's does.</exception>
    public static TokenByteTable Of(Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        if (!tokenizer.IsConcatenation) throw new InputException("The tokenizer's decoder changes tokens by what stands around them, so the text of a generated token is not known in advance. Use a byte-level or SentencePiece tokenizer.");
        int anchor = tokenizer.DecodesByBytes ? -1 : Anchor(tokenizer);
        string before = anchor < 0 ? "" : tokenizer.Decode([anchor]);
        var bytes = new List<byte>();
        var starts = new int[tokenizer.VocabularySize + 1];
        bool drops = false;
        for (int id = 0; id < tokenizer.VocabularySize; id++)
        {
            if (!tokenizer.IsControl(id) && tokenizer.IdToToken(id) is { Length: > 0 } token)
            {
                if (anchor < 0) bytes.AddRange(tokenizer.BytesOf(id, skipSpecial: true));
                else if (ByteTokens.Value(token) is >= 0 and var value && tokenizer.Decode([anchor, id]).Length > before.Length && !tokenizer.Decode([anchor, id]).EndsWith(token, StringComparison.Ordinal)) bytes.Add((byte)value);
                else
                {
                    string part = tokenizer.Decode([anchor, id])[before.Length..];
                    drops |= part.StartsWith(' ') && part.Length > 1 && !tokenizer.Decode([id]).StartsWith(' ');
                    bytes.AddRange(Encoding.UTF8.GetBytes(part));
                }
            }

            starts[id + 1] = bytes.Count;
        }

        return new TokenByteTable([.. bytes], starts, drops);
    }

    // Behind a letter a token adds what it adds within a text.
    private static int Anchor(Tokenizer tokenizer)
    {
        for (char letter = 'a'; letter <= 'z'; letter++)
            if (tokenizer.TokenToId(letter.ToString()) is { } id && tokenizer.Decode([id]) == letter.ToString()) return id;
        throw new InputException("The tokenizer has no token for a single letter from a to z, so the text of its tokens cannot be told. Use another tokenizer.");
    }
}
