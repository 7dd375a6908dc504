using Panorama.Core.Errors;
using Panorama.Inference.Sampling;

namespace Panorama.Inference.Constraints;

/// <summary>
/// The constraint of one sequence: which tokens may come next. Every token that it allows leads to a text that meets the
/// constraint, and it allows the end only where the text does. Used by one thread at a time.
/// </summary>
public sealed class TokenConstraint
{
    private readonly TokenGrammar _grammar;
    private readonly List<AutomatonState?> _states; // before each token and after the last; null: ended

    internal TokenConstraint(TokenGrammar grammar) => (_grammar, _states) = (grammar, [grammar.Start]);

    private TokenConstraint(TokenConstraint other) => (_grammar, _states) = (other._grammar, [.. other._states]);

    /// <summary>Tokens accepted so far, an end token included.</summary>
    public int Length => _states.Count - 1;

    /// <summary>Whether the text meets the constraint as it is: the end is allowed.</summary>
    public bool IsAccepting => State is null or { Accepts: true };

    /// <summary>Whether the text meets the constraint and nothing can follow but the end: generation can stop without an end token.</summary>
    public bool IsComplete => State is null or { Accepts: true, Places.Length: 0 };

    /// <summary>
    /// The tokens that may come next: bit t % 32 of word t / 32 belongs to token t, as <see cref="Sampler.Sample"/> takes them.
    /// Found once for a state and kept; the first time takes a walk over the vocabulary.
    /// </summary>
    /// <exception cref="JobException">The vocabulary has no token that goes on.</exception>
    /// <exception cref="ConstraintException">The text so far fits the constraint in too many ways.</exception>
    /// <exception cref="InvalidOperationException">The text has ended.</exception>
    public ReadOnlySpan<uint> Allowed => _grammar.Allowed(State ?? throw new InvalidOperationException("the text has ended"), IsFirst);

    /// <summary>Where the text is; null when it has ended.</summary>
    internal AutomatonState? State => _states[^1];

    private bool IsFirst => Length == 0 && _grammar.DropsFirstSpace;

    /// <summary>Rules out all tokens that may not come next.</summary>
    /// <param name="logits">At least as many as the vocabulary has ids; those beyond are ruled out as well.</param>
    /// <exception cref="JobException">The vocabulary has no token that goes on.</exception>
    /// <exception cref="ConstraintException">The text so far fits the constraint in too many ways.</exception>
    public void Apply(Span<float> logits)
    {
        ReadOnlySpan<uint> allowed = Allowed;
        for (int token = 0; token < logits.Length; token++)
        {
            if (token >= _grammar.VocabularySize || (allowed[token >> 5] >> (token & 31) & 1) == 0)
            {
                logits[token] = float.NegativeInfinity;
            }
        }
    }

    /// <summary>Goes on by a token that is allowed.</summary>
    /// <param name="token">Its id.</param>
    /// <exception cref="ArgumentException">It is not allowed; nothing is changed.</exception>
    public void Accept(int token)
    {
        if (!TryAccept(token))
        {
            throw TokenGrammar.NotAllowed(token);
        }
    }

    /// <summary>Goes on by a token if it is allowed.</summary>
    /// <param name="token">Its id.</param>
    /// <returns>Whether it is; if not, nothing is changed.</returns>
    public bool TryAccept(int token)
    {
        if (State is not { } state || token < 0 || token >= _grammar.VocabularySize)
        {
            return false;
        }

        if (_grammar.IsEnd(token))
        {
            if (state.Accepts)
            {
                _states.Add(null);
            }

            return state.Accepts;
        }

        if (_grammar.Step(state, token, IsFirst) is not { } next)
        {
            return false;
        }

        _states.Add(next);
        return true;
    }

    /// <summary>Takes the last tokens back.</summary>
    /// <param name="tokens">How many, at most <see cref="Length"/>.</param>
    public void Rewind(int tokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(tokens);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tokens, Length);
        _states.RemoveRange(_states.Count - tokens, tokens);
    }

    /// <summary>A constraint that goes on from here on its own.</summary>
    public TokenConstraint Fork() => new(this);
}
