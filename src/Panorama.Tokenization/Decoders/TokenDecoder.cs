using System.Text;
using Panorama.Core.Errors;
using Panorama.Tokenization.Bytes;
using Panorama.Tokenization.Models;

namespace Panorama.Tokenization.Decoders;

/// <summary>One step from tokens back to text. The text is what all steps leave, joined. Immutable.</summary>
internal abstract class TokenDecoder
{
    /// <summary>The longest delay of the step: how much of the end may change when more tokens come.</summary>
    public virtual bool ChangesEnd => false;

    /// <summary>Whether the text is one part a token, the same whatever the tokens around it are; but for the start of the text.</summary>
    public virtual bool IsConcatenation => false;

    /// <summary>Changes the tokens.</summary>
    public abstract List<string> Decode(List<string> tokens);
}

/// <summary>Several steps.</summary>
internal sealed class SequenceDecoder(TokenDecoder[] steps) : TokenDecoder
{
    /// <inheritdoc/>
    public override bool ChangesEnd => steps.Any(static step => step.ChangesEnd);

    /// <inheritdoc/>
    public override bool IsConcatenation => steps.All(static step => step.IsConcatenation);

    /// <inheritdoc/>
    public override List<string> Decode(List<string> tokens)
    {
        foreach (TokenDecoder step in steps) tokens = step.Decode(tokens);
        return tokens;
    }
}

/// <summary>Changes each token by itself.</summary>
internal abstract class EachTokenDecoder : TokenDecoder
{
    /// <inheritdoc/>
    public sealed override List<string> Decode(List<string> tokens)
    {
        for (int i = 0; i < tokens.Count; i++) tokens[i] = Change(tokens[i], i, tokens.Count);
        return tokens;
    }

    /// <summary>What becomes of the i-th of so many tokens.</summary>
    protected abstract string Change(string token, int index, int count);
}

/// <summary>Reads tokens in the byte alphabet and joins them.</summary>
internal sealed class ByteLevelDecoder : TokenDecoder
{
    /// <inheritdoc/>
    public override bool IsConcatenation => true;

    /// <inheritdoc/>
    public override List<string> Decode(List<string> tokens)
    {
        var bytes = new List<byte>();
        foreach (string token in tokens)
        {
            var part = new byte[token.Length];
            bytes.AddRange(ByteAlphabet.TryToBytes(token, part) ? part : Encoding.UTF8.GetBytes(token));
        }

        return [Encoding.UTF8.GetString([.. bytes])];
    }
}

/// <summary>Joins <c>&lt;0x0A&gt;</c> tokens to characters; each byte of what is no UTF-8 becomes U+FFFD.</summary>
internal sealed class ByteFallbackDecoder : TokenDecoder
{
    /// <inheritdoc/>
    public override bool IsConcatenation => true;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <inheritdoc/>
    public override List<string> Decode(List<string> tokens)
    {
        var decoded = new List<string>(tokens.Count);
        var bytes = new List<byte>();
        foreach (string token in tokens)
        {
            int value = ByteTokens.Value(token);
            if (value >= 0)
            {
                bytes.Add((byte)value);
                continue;
            }

            Flush();
            decoded.Add(token);
        }

        Flush();
        return decoded;

        void Flush()
        {
            if (bytes.Count == 0) return;
            try
            {
                decoded.Add(Strict.GetString([.. bytes]));
            }
            catch (DecoderFallbackException)
            {
                decoded.AddRange(Enumerable.Repeat("\uFFFD", bytes.Count));
            }

            bytes.Clear();
        }
    }
}

/// <summary>Joins all tokens to one.</summary>
internal sealed class FuseDecoder : TokenDecoder
{
    /// <inheritdoc/>
    public override bool IsConcatenation => true;

    /// <inheritdoc/>
    public override List<string> Decode(List<string> tokens) => [string.Concat(tokens)];
}

/// <summary>Removes a character from the ends of tokens, at most so many times.</summary>
internal sealed class StripDecoder(Rune content, int start, int stop) : EachTokenDecoder
{
    /// <inheritdoc/>
    public override bool IsConcatenation => stop == 0;

    /// <inheritdoc/>
    public override bool ChangesEnd => stop > 0;

    /// <inheritdoc/>
    protected override string Change(string token, int index, int count)
    {
        // Cut once: after Fuse the token is the whole text.
        ReadOnlySpan<char> text = content.ToString(), left = token;
        for (int i = 0; i < start && left.StartsWith(text); i++) left = left[text.Length..];
        for (int i = 0; i < stop && left.EndsWith(text); i++) left = left[..^text.Length];
        return left.Length == token.Length ? token : left.ToString();
    }
}

/// <summary>Applies a normalizer, such as a replacement, to each token.</summary>
internal sealed class ReplaceDecoder(Normalizers.Normalizer replace) : EachTokenDecoder
{
    /// <inheritdoc/>
    public override bool IsConcatenation => true;

    private const int LongestToken = 1 << 28; // a whole text when tokens are fused before

    /// <inheritdoc/>
    protected override string Change(string token, int index, int count) => token.Length <= LongestToken
        ? replace.Normalize(token, atStart: false)
        : throw new InputException($"The decoder of the tokenizer makes tokens of more than {LongestToken} characters. Use another tokenizer.");
}

/// <summary>Puts spaces between words and joins their <c>##</c> parts.</summary>
internal sealed class WordPieceDecoder(string prefix, bool cleanup) : EachTokenDecoder
{
    /// <summary>Takes back spaces that English text does not have.</summary>
    public static string CleanUp(string text) => text
        .Replace(" .", ".", StringComparison.Ordinal).Replace(" ?", "?", StringComparison.Ordinal).Replace(" !", "!", StringComparison.Ordinal).Replace(" ,", ",", StringComparison.Ordinal)
        .Replace(" ' ", "'", StringComparison.Ordinal).Replace(" n't", "n't", StringComparison.Ordinal).Replace(" 'm", "'m", StringComparison.Ordinal)
        .Replace(" do not", " don't", StringComparison.Ordinal).Replace(" 's", "'s", StringComparison.Ordinal).Replace(" 've", "'ve", StringComparison.Ordinal).Replace(" 're", "'re", StringComparison.Ordinal);

    /// <inheritdoc/>
    protected override string Change(string token, int index, int count)
    {
        if (index > 0) token = token.StartsWith(prefix, StringComparison.Ordinal) ? token[prefix.Length..] : " " + token;
        return cleanup ? CleanUp(token) : token;
    }
}

/// <summary>Writes marks as spaces; those of the first token were put there and go.</summary>
internal sealed class MetaspaceDecoder(string mark, bool prepended) : EachTokenDecoder
{
    /// <inheritdoc/>
    public override bool IsConcatenation => true;

    /// <inheritdoc/>
    protected override string Change(string token, int index, int count) =>
        token.Replace(mark, index == 0 && prepended ? "" : " ", StringComparison.Ordinal);
}

/// <summary>Writes the suffix that ends words as a space, but for the last.</summary>
internal sealed class SuffixDecoder(string suffix) : EachTokenDecoder
{
    /// <inheritdoc/>
    public override bool ChangesEnd => true;

    /// <inheritdoc/>
    protected override string Change(string token, int index, int count) =>
        suffix.Length == 0 ? token : token.Replace(suffix, index == count - 1 ? "" : " ", StringComparison.Ordinal);
}

/// <summary>Connectionist temporal classification (Graves et al. 2006): repeated tokens are one, pads go.</summary>
internal sealed class CtcDecoder(string pad, string wordDelimiter, bool cleanup) : TokenDecoder
{
    /// <inheritdoc/>
    public override List<string> Decode(List<string> tokens)
    {
        var decoded = new List<string>(tokens.Count);
        for (int i = 0; i < tokens.Count; i++)
        {
            if (i > 0 && tokens[i] == tokens[i - 1]) continue;
            string token = pad.Length == 0 ? tokens[i] : tokens[i].Replace(pad, "", StringComparison.Ordinal);
            if (cleanup) token = WordPieceDecoder.CleanUp(token).Replace(wordDelimiter, " ", StringComparison.Ordinal);
            if (token.Length > 0) decoded.Add(token);
        }

        return decoded;
    }
}
