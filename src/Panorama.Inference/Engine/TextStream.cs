using Panorama.Core.Models;
using Panorama.Tokenization;

namespace Panorama.Inference.Engine;

/// <summary>
/// A generation's tokens as text: whole characters, cut before the end token or a stop text of the request's options. A
/// sequence that meets a stop text is ended in the engine, too. Read once; ends the request when left.
/// </summary>
/// <remarks>The pieces of a sequence are those of <see cref="TextGenerator"/> for the same prompt and seed.</remarks>
/// <param name="stream">The tokens; disposed with the enumeration.</param>
/// <param name="tokenizer">The model's tokenizer; knows every id that is generated.</param>
public sealed class TextStream(GenerationStream stream, Tokenizer tokenizer) : IAsyncEnumerable<IndexedPiece>
{
    /// <summary>Reads the text until every sequence has finished. Errors are those of <see cref="GenerationStream.GetAsyncEnumerator"/>.</summary>
    public async IAsyncEnumerator<IndexedPiece> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        using GenerationStream owned = stream;
        GenerationRequest request = stream.Request;
        var texts = new SequenceText?[request.Count];
        for (int i = 0; i < texts.Length; i++)
            texts[i] = new SequenceText(tokenizer, request);
        await foreach (GeneratedToken token in stream.WithCancellation(cancellationToken))
        {
            if (texts[token.Index] is not { } text)
                continue; // chosen before the engine knew of the stop text
            GeneratedPiece piece = text.Append(token);
            if (piece.Finish is not null)
            {
                texts[token.Index] = null;
                if (token.Finish is null)
                    stream.Stop(token.Index);
            }

            yield return new IndexedPiece(token.Index, piece);
        }
    }

    /// <summary>The text of one sequence.</summary>
    private sealed class SequenceText(Tokenizer tokenizer, GenerationRequest request)
    {
        private readonly StreamingDecoder _decoder = tokenizer.CreateStreamingDecoder();
        private readonly StopTextFilter _filter = new(request.Options.Stop);

        public GeneratedPiece Append(in GeneratedToken token)
        {
            string text = request.EndTokens.Contains(token.Token) ? string.Empty : _filter.Append(_decoder.Append(token.Token));
            FinishReason? finish = _filter.Stopped ? FinishReason.Stop : token.Finish;
            if (finish is not null && !_filter.Stopped)
            {
                // What was held back is text after all, unless the end of a character completes a stop text.
                text += _filter.Append(_decoder.Flush());
                text += _filter.Flush();
                finish = _filter.Stopped ? FinishReason.Stop : finish;
            }

            return new GeneratedPiece(text, [token.Token], finish) { LogProbabilities = token.Chosen.LogProbabilities is { } told ? [told] : null };
        }
    }
}
