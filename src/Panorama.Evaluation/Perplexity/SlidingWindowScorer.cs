using System.Globalization;
using Panorama.Core.Errors;
using Panorama.Core.Models;

namespace Panorama.Evaluation.Perplexity;

/// <summary>
/// Scores documents that arrive in pieces, in windows that slide over the context: every token exactly once, with
/// memory for one window however long the document is.
/// </summary>
/// <remarks>
/// The first window of a document predicts C tokens, C being the context length; each later one keeps the last
/// C − stride + 1 tokens as context and predicts up to stride new ones (the strided evaluation of
/// Press et al. 2021, arXiv:2012.15832, table 5).
/// </remarks>
public sealed class SlidingWindowScorer
{
    private readonly INextTokenModel _model;
    private readonly int? _beginToken;
    private readonly int[] _window;
    private readonly float[] _logProbabilities;
    private int _filled;
    private int _scored;
    private bool _inDocument;
    private double _totalNll;
    private long _tokens;
    private long _uncounted;
    private long _bytes;
    private long _documents;

    /// <summary>Makes a scorer for one model.</summary>
    /// <param name="model">Not disposed here.</param>
    /// <param name="options">Stride and begin-of-text token.</param>
    /// <exception cref="InputException">The stride or the begin-of-text token does not fit the model.</exception>
    public SlidingWindowScorer(INextTokenModel model, PerplexityOptions options)
    {
        _model = model;
        int context = model.ContextLength;
        Stride = options.Stride ?? Math.Max(1, context / 2);
        Require.That(Stride <= context, Stride, "stride", string.Create(CultureInfo.InvariantCulture, $"1 to the model's context of {context} tokens"));
        _beginToken = options.BeginToken;
        if (_beginToken is { } begin)
        {
            Require.That(begin < model.VocabularySize, begin, "the begin-of-text token", string.Create(CultureInfo.InvariantCulture, $"an id below the model's vocabulary size of {model.VocabularySize}"));
        }

        _window = new int[context + 1];
        _logProbabilities = new float[context];
    }

    /// <summary>Tokens newly scored by each window after the first.</summary>
    public int Stride { get; }

    /// <summary>Where the evaluation stands.</summary>
    public PerplexityProgress Progress => new(_documents, _tokens, _tokens == 0 ? 0 : _totalNll / _tokens);

    /// <summary>Reads the next tokens of the current document.</summary>
    /// <param name="tokens">Any number of ids.</param>
    /// <exception cref="InputException">An id is outside the model's vocabulary.</exception>
    /// <exception cref="JobException">The model gives a log probability that is no number.</exception>
    public void Add(ReadOnlySpan<int> tokens)
    {
        foreach (int token in tokens)
        {
            if ((uint)token >= (uint)_model.VocabularySize)
            {
                throw new InputException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"Token id {token} in document {_documents + 1} is outside the model's vocabulary of {_model.VocabularySize}: the tokenizer does not belong to this model."));
            }

            if (!_inDocument)
            {
                StartDocument(token);
            }

            if (_filled == _window.Length)
            {
                ScoreWindow();
                Slide();
            }

            _window[_filled++] = token;
        }
    }

    /// <summary>Ends the current document; the next one shares no context with it.</summary>
    /// <param name="utf8Bytes">Bytes of the document's original text.</param>
    /// <exception cref="JobException">The model gives a log probability that is no number.</exception>
    public void EndDocument(long utf8Bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(utf8Bytes);
        if (_inDocument)
        {
            ScoreWindow();
        }

        _inDocument = false;
        _documents++;
        _bytes += utf8Bytes;
    }

    /// <summary>The totals over the documents ended so far.</summary>
    /// <exception cref="InputException">No token could be counted, or the text has no bytes.</exception>
    public PerplexityResult Result() => _tokens > 0 && _bytes > 0
        ? new PerplexityResult
        {
            TotalNll = _totalNll,
            Tokens = _tokens,
            UncountedTokens = _uncounted,
            Bytes = _bytes,
            Documents = _documents,
            Stride = Stride,
        }
        : throw new InputException(string.Create(
            CultureInfo.InvariantCulture,
            $"There is nothing to score: {_documents} documents with {_bytes} bytes and {_tokens + _uncounted} tokens; at least one token after another is needed."));

    private void StartDocument(int first)
    {
        _inDocument = true;
        _filled = 0;
        _scored = 1;
        if (_beginToken is { } begin && first != begin)
        {
            _window[_filled++] = begin;
        }
        else if (_beginToken is null)
        {
            _uncounted++;
        }
    }

    /// <summary>Predicts what is filled; counts the tokens from <see cref="_scored"/> on.</summary>
    private void ScoreWindow()
    {
        if (_scored >= _filled)
        {
            return;
        }

        Span<float> logProbabilities = _logProbabilities.AsSpan(0, _filled - 1);
        _model.Score(_window.AsSpan(0, _filled), logProbabilities);
        for (int i = _scored; i < _filled; i++)
        {
            float logProbability = logProbabilities[i - 1];
            if (!float.IsFinite(logProbability))
            {
                throw new JobException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"The model gives log probability {logProbability} to token id {_window[i]} in document {_documents + 1}, after {_tokens} tokens: its weights are broken or overflow; use another checkpoint."));
            }

            _totalNll -= logProbability;
            _tokens++;
        }
    }

    private void Slide()
    {
        int kept = _window.Length - Stride;
        Array.Copy(_window, Stride, _window, 0, kept);
        _filled = kept;
        _scored = kept;
    }
}
