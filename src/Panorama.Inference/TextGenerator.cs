using System.Globalization;
using Panorama.Core.Errors;
using Panorama.Core.Models;
using Panorama.Inference.Constraints;
using Panorama.Inference.Sampling;
using Panorama.Tokenization;

namespace Panorama.Inference;

/// <summary>
/// Generates text with any <see cref="INextTokenModel"/>: encodes the prompt, samples token by token, and streams whole
/// characters, up to an end-of-text token, a stop text, the token limit or the end of the context.
/// </summary>
/// <remarks>
/// All pieces together are what the tokenizer decodes from the generated tokens, cut before the end-of-text token or
/// the stop text. The pieces' tokens are all that were generated, the ending ones included. One generation at a time.
/// </remarks>
public sealed class TextGenerator : ITextGenerator
{
    private readonly INextTokenModel _model;
    private readonly Tokenizer _tokenizer;
    private readonly HashSet<int> _endTokens;
    private readonly int? _beginToken;
    private readonly Lazy<ConstraintCompiler> _constraints;

    /// <summary>Joins a model and its tokenizer.</summary>
    /// <param name="model">Not disposed here. May have more ids than the tokenizer (padded embeddings); those are never generated.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="endTokens">Ids that end the generation: end of text, end of turn. May be empty.</param>
    /// <param name="beginToken">The id every plain prompt starts with, if the model was trained so. Rendered templates are taken as they are.</param>
    /// <exception cref="InputException">The tokenizer, or one of the ids, does not fit the model.</exception>
    public TextGenerator(INextTokenModel model, Tokenizer tokenizer, IEnumerable<int> endTokens, int? beginToken = null)
    {
        if (tokenizer.VocabularySize > model.VocabularySize)
        {
            throw new InputException(string.Create(
                CultureInfo.InvariantCulture,
                $"The tokenizer has {tokenizer.VocabularySize} tokens, but the model knows only {model.VocabularySize}: this is not the model's tokenizer."));
        }

        _model = model;
        _tokenizer = tokenizer;
        _endTokens = [.. endTokens];
        _beginToken = beginToken;
        _constraints = new Lazy<ConstraintCompiler>(() => new ConstraintCompiler(new ConstraintVocabulary(tokenizer, _endTokens)));
        foreach (int id in beginToken is { } begin ? _endTokens.Append(begin) : _endTokens)
        {
            Require.That(id >= 0 && id < tokenizer.VocabularySize, id, "a begin or end token", string.Create(CultureInfo.InvariantCulture, $"an id of the tokenizer, 0 to {tokenizer.VocabularySize - 1}"));
        }
    }

    /// <summary>Compiles constraints on what is generated. Made when first asked for, which takes a moment for the vocabulary.</summary>
    /// <exception cref="InputException">The tokenizer's tokens have no text of their own.</exception>
    public ConstraintCompiler Constraints => _constraints.Value;

    /// <inheritdoc/>
    /// <exception cref="InputException">The prompt has no token or more than the context holds, or a stop text is not allowed.</exception>
    /// <exception cref="JobException">The model's logits are broken; raised while enumerating.</exception>
    public IEnumerable<GeneratedPiece> Generate(string prompt, bool promptHasSpecialTokens, GenerationOptions options, CancellationToken cancellation = default)
        => Generate(EncodePrompt(prompt, promptHasSpecialTokens), options, constraint: null, cancellation);

    /// <summary>Continues a prompt with text that meets a constraint.</summary>
    /// <param name="prompt">Plain text, or a rendered chat template when <paramref name="promptHasSpecialTokens"/>.</param>
    /// <param name="promptHasSpecialTokens">Whether special tokens written in the prompt become control tokens.</param>
    /// <param name="options">Sampling and limits.</param>
    /// <param name="constraint">What the text must meet, from <see cref="Constraints"/>.</param>
    /// <param name="cancellation">Stops between two tokens.</param>
    /// <exception cref="InputException">The prompt has no token or more than the context holds, or a stop text is not allowed.</exception>
    /// <exception cref="JobException">The model's logits are broken, or no token can be chosen; raised while enumerating.</exception>
    public IEnumerable<GeneratedPiece> Generate(string prompt, bool promptHasSpecialTokens, GenerationOptions options, TokenGrammar? constraint, CancellationToken cancellation = default)
        => Generate(EncodePrompt(prompt, promptHasSpecialTokens), options, constraint, cancellation);

    /// <summary>Continues a prompt given as tokens, such as an encoded chat.</summary>
    /// <param name="prompt">The prompt; nothing is added to it.</param>
    /// <param name="options">Sampling and limits.</param>
    /// <param name="cancellation">Stops between two tokens.</param>
    /// <exception cref="InputException">The prompt has no token or more than the context holds, or a stop text is not allowed.</exception>
    /// <exception cref="JobException">The model's logits are broken; raised while enumerating.</exception>
    public IEnumerable<GeneratedPiece> Generate(int[] prompt, GenerationOptions options, CancellationToken cancellation = default) => Generate(prompt, options, constraint: null, cancellation);

    /// <summary>Continues a prompt given as tokens with text that meets a constraint. It ends as soon as nothing can follow.</summary>
    /// <param name="prompt">The prompt; nothing is added to it.</param>
    /// <param name="options">Sampling and limits.</param>
    /// <param name="constraint">What the text must meet, from <see cref="Constraints"/>; null: nothing.</param>
    /// <param name="cancellation">Stops between two tokens.</param>
    /// <exception cref="InputException">The prompt has no token or more than the context holds, or a stop text is not allowed.</exception>
    /// <exception cref="JobException">The model's logits are broken, or no token can be chosen; raised while enumerating.</exception>
    public IEnumerable<GeneratedPiece> Generate(int[] prompt, GenerationOptions options, TokenGrammar? constraint, CancellationToken cancellation = default)
    {
        if (prompt.Length == 0)
        {
            throw new InputException("The prompt is empty and the model has no begin-of-text token to start from; give a prompt of at least one character.");
        }

        if (prompt.Length > _model.ContextLength)
        {
            throw new InputException(string.Create(
                CultureInfo.InvariantCulture,
                $"The prompt has {prompt.Length} tokens, but the model's context holds {_model.ContextLength}; shorten it by at least {prompt.Length - _model.ContextLength} tokens."));
        }

        return Stream(prompt, new StopTextFilter(options.Stop), options, constraint?.Begin(), cancellation);
    }

    private int[] EncodePrompt(string prompt, bool promptHasSpecialTokens)
    {
        int[] tokens = _tokenizer.Encode(prompt, promptHasSpecialTokens);
        return _beginToken is { } begin && !promptHasSpecialTokens ? [begin, .. tokens] : tokens;
    }

    private IEnumerable<GeneratedPiece> Stream(int[] prompt, StopTextFilter filter, GenerationOptions options, TokenConstraint? constraint, CancellationToken cancellation)
    {
        var sampler = new Sampler(_tokenizer.VocabularySize, options);
        var workspace = new SamplingWorkspace(_tokenizer.VocabularySize);
        sampler.ObservePrompt(prompt);
        StreamingDecoder decoder = _tokenizer.CreateStreamingDecoder();
        using INextTokenSession session = _model.StartSession();
        int[] next = prompt;
        FinishReason? finish = null;
        for (int count = 1; finish is null; count++)
        {
            cancellation.ThrowIfCancellationRequested();
            (int token, TokenLogProbabilities? probabilities) = Choose(sampler, constraint, session.Append(next)[.._tokenizer.VocabularySize], count - 1, workspace);
            next = [token];
            sampler.Accept(token);
            constraint?.Accept(token);

            bool ended = _endTokens.Contains(token);
            string text = ended ? string.Empty : filter.Append(decoder.Append(token));
            if (ended || filter.Stopped || constraint is { IsComplete: true })
            {
                finish = FinishReason.Stop;
            }
            else if (count == options.MaxTokens || session.Length == _model.ContextLength)
            {
                finish = FinishReason.Length;
            }

            if (finish is not null && !filter.Stopped)
            {
                // What was held back is text after all. Half a character at the end reads as U+FFFD, as when decoding at once.
                text += filter.Append(decoder.Flush());
                text += filter.Flush();
                finish = filter.Stopped ? FinishReason.Stop : finish;
            }

            yield return new GeneratedPiece(text, next, finish) { LogProbabilities = probabilities is null ? null : [probabilities] };
        }
    }

    private static (int Token, TokenLogProbabilities? Probabilities) Choose(Sampler sampler, TokenConstraint? constraint, ReadOnlySpan<float> logits, int position, SamplingWorkspace workspace)
    {
        int token = sampler.Sample(logits, position, workspace, constraint is null ? default : constraint.Allowed);
        return (token, sampler.Options.LogProbabilities is { } count ? LogProbabilities.Read(logits, token, count, workspace) : null);
    }
}
