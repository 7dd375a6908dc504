using Panorama.Core.Errors;
using Panorama.Tokenization.AddedTokens;
using Panorama.Tokenization.Models;
using Panorama.Tokenization.Serialization;

namespace Panorama.Tokenization.Training;

/// <summary>
/// Trains a unigram tokenizer (Kudo 2018, arXiv:1804.10959): many frequent substrings at first, then expectation maximization and the removal
/// of those whose loss hurts least, in turns, until few enough are left. Unknown characters are written as bytes, so that any text comes
/// back. Deterministic, whatever the threads. Ids: the unknown token, the 256 bytes, pieces by falling probability, special tokens last.
/// </summary>
public static class UnigramTrainer
{
    private const string Unknown = "<unk>";
    private const double ByteScore = -1000; // so low that text which looks like the token of a byte never becomes one

    private const string Steps = """
        {"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"[\\r\\n]+"},"behavior":"Isolated","invert":false},
          {"type":"Metaspace","replacement":"▁","prepend_scheme":"never","split":true}]},
         "decoder":{"type":"Sequence","decoders":[{"type":"ByteFallback"},{"type":"Metaspace","replacement":"▁","prepend_scheme":"never","split":true}]}}
        """;

    /// <summary>Trains a tokenizer.</summary>
    /// <param name="texts">The texts, read once, in one thread.</param>
    /// <param name="options">Size and limits.</param>
    /// <param name="progress">Told about the progress, often from another thread.</param>
    /// <param name="cancellation">Stops the training.</param>
    /// <exception cref="InputException">There is no text, or the special tokens leave no room.</exception>
    /// <exception cref="OperationCanceledException">The training was stopped.</exception>
    public static Tokenizer Train(
        IEnumerable<string> texts, UnigramTrainerOptions options, IProgress<TokenizerTrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(options);
        int size = options.VocabularySize - 257 - options.SpecialTokens.Count;
        _ = Require.That(size >= 1, options.VocabularySize, "vocabulary_size", $"more than {257 + options.SpecialTokens.Count} (the unknown token, 256 bytes and {options.SpecialTokens.Count} special tokens)");
        TokenizerParts parts = TokenizerParts.Parse("", Steps, options.VocabularySize);
        WordCounts words = WordCounter.Count(texts, new StepsCutter(null, parts.PreTokenizer.Steps), options.Threads, options.MemoryLimitBytes, progress, cancellation);
        List<(string Text, double Score)> pieces = new UnigramLearner(words, options, size).Learn(progress, cancellation);
        return new Tokenizer(Define(pieces, options, parts));
    }

    private static TokenizerDefinition Define(List<(string Text, double Score)> pieces, UnigramTrainerOptions options, TokenizerParts parts)
    {
        var taken = new HashSet<string>(options.SpecialTokens, StringComparer.Ordinal) { Unknown };
        string[] bytes = [.. Enumerable.Range(0, 256).Select(static b => ByteTokens.Text((byte)b))];
        taken.UnionWith(bytes);
        pieces.RemoveAll(piece => taken.Contains(piece.Text));
        string[] model = [Unknown, .. bytes, .. pieces.Select(static piece => piece.Text)];
        string[] tokens = [.. model, .. options.SpecialTokens];
        var inModel = new bool[tokens.Length];
        Array.Fill(inModel, value: true, 0, model.Length);
        return new TokenizerDefinition
        {
            Tokens = tokens,
            InModel = inModel,
            AddedTokens = [new AddedToken(0, Unknown, Special: true), .. options.SpecialTokens.Select((token, i) => new AddedToken(model.Length + i, token, Special: true))],
            Model = new UnigramDefinition([.. Enumerable.Repeat(ByteScore, 257), .. pieces.Select(static piece => piece.Score)], 0, ByteFallback: true, HidesBytes: true),
            Parts = parts,
        };
    }
}
