using System.Globalization;
using Panorama.Core.Errors;

namespace Panorama.Inference.Constraints;

/// <summary>
/// A constraint compiled for a vocabulary: what <see cref="ConstraintCompiler"/> makes. Many sequences share one, from any
/// number of threads; the masks that they find are found once.
/// </summary>
public sealed class TokenGrammar
{
    private readonly Lock _lock = new();
    private readonly ConstraintVocabulary _vocabulary;
    private readonly Automaton _automaton;
    private readonly MaskBuilder _masks;
    private uint[]? _firstMask;

    internal TokenGrammar(ByteGrammar grammar, ConstraintVocabulary vocabulary, ConstraintLimits limits)
    {
        _vocabulary = vocabulary;
        _automaton = new Automaton(grammar, limits);
        _masks = new MaskBuilder(_automaton, vocabulary.Trie, vocabulary.EndTokens, limits.MaskBytes);
        DropsFirstSpace = vocabulary.Bytes.DropsFirstSpace;
    }

    /// <summary>Number of token ids.</summary>
    public int VocabularySize => _vocabulary.Trie.VocabularySize;

    /// <summary>Whether a space at the start of a text is left out when it is decoded.</summary>
    internal bool DropsFirstSpace { get; }

    /// <summary>The state before the first token.</summary>
    internal AutomatonState Start
    {
        get
        {
            lock (_lock)
            {
                return _automaton.Start;
            }
        }
    }

    /// <summary>Starts a sequence.</summary>
    public TokenConstraint Begin() => new(this);

    /// <summary>Whether a whole text meets the constraint.</summary>
    /// <param name="utf8">The text.</param>
    public bool IsMatch(ReadOnlySpan<byte> utf8)
    {
        AutomatonState? state = Step(Start, utf8);
        return state is { Accepts: true };
    }

    /// <summary>Whether a token ends texts.</summary>
    internal bool IsEnd(int token) => Array.IndexOf(_vocabulary.EndTokens, token) >= 0;

    /// <summary>The tokens that may follow.</summary>
    /// <exception cref="JobException">The vocabulary has no token that goes on.</exception>
    /// <exception cref="ConstraintException">The text so far fits the constraint in too many ways.</exception>
    internal uint[] Allowed(AutomatonState state, bool first)
    {
        lock (_lock)
        {
            uint[] mask = first ? _firstMask ??= _masks.FirstMask() : _masks.MaskOf(state);
            return mask.AsSpan().ContainsAnyExcept(0u) || state.Accepts
                ? mask
                : throw new JobException("The tokenizer has no token with which the constrained text could go on. Use a tokenizer with a token for every byte, or another constraint.");
        }
    }

    /// <summary>The state behind a token, or null when it may not follow.</summary>
    internal AutomatonState? Step(AutomatonState state, int token, bool first)
    {
        ReadOnlySpan<byte> bytes = _vocabulary.Bytes[token];
        if (first && bytes is [(byte)' ', ..])
        {
            bytes = bytes[1..];
        }

        return bytes.IsEmpty ? null : Step(state, bytes);
    }

    private AutomatonState? Step(AutomatonState state, ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            foreach (byte value in bytes)
            {
                state = _automaton.Next(state, value);
                if (ReferenceEquals(state, Automaton.Dead))
                {
                    return null;
                }
            }

            return state;
        }
    }

    /// <summary>An error that names a token.</summary>
    internal static ArgumentException NotAllowed(int token) => new(string.Create(CultureInfo.InvariantCulture, $"token {token} does not meet the constraint here"), nameof(token));
}
