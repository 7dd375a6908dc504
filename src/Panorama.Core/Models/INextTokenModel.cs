namespace Panorama.Core.Models;

/// <summary>
/// A causal language model, seen by the stages that use one without knowing its engine:
/// evaluation, text generation, data filters. Instances are used by one thread at a time.
/// </summary>
public interface INextTokenModel : IDisposable
{
    /// <summary>Number of token ids; every id is in [0, VocabularySize).</summary>
    int VocabularySize { get; }

    /// <summary>The longest sequence, in tokens, that the model can attend over.</summary>
    int ContextLength { get; }

    /// <summary>
    /// Writes log p(tokens[i + 1] | tokens[0..i]), in nats, to <paramref name="logProbabilities"/>[i].
    /// </summary>
    /// <param name="tokens">2 to <see cref="ContextLength"/> + 1 token ids (the last one is only predicted).</param>
    /// <param name="logProbabilities">Exactly <c>tokens.Length - 1</c> values.</param>
    /// <exception cref="ArgumentException">A length or an id is out of range.</exception>
    void Score(ReadOnlySpan<int> tokens, Span<float> logProbabilities);

    /// <summary>Starts an empty sequence with its own key/value cache.</summary>
    INextTokenSession StartSession();
}

/// <summary>One growing sequence with its cache.</summary>
public interface INextTokenSession : IDisposable
{
    /// <summary>Tokens appended so far.</summary>
    int Length { get; }

    /// <summary>Appends tokens and returns the logits after the last one: [VocabularySize], valid until the next call.</summary>
    /// <param name="tokens">At least one token id.</param>
    /// <exception cref="ArgumentException">No token, an id out of range, or more than the context holds.</exception>
    ReadOnlySpan<float> Append(ReadOnlySpan<int> tokens);
}
