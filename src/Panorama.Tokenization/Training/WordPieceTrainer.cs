using System.Text;
using Panorama.Core.Errors;
using Panorama.Tokenization.AddedTokens;
using Panorama.Tokenization.Models;
using Panorama.Tokenization.Serialization;

namespace Panorama.Tokenization.Training;

/// <summary>
/// Trains a WordPiece tokenizer with the steps of BERT around it. Tokens are found as in byte pair encoding, the most frequent pair
/// first, over characters; those inside words are written with <c>##</c>. Deterministic, whatever the threads.
/// </summary>
public static class WordPieceTrainer
{
    private const string Prefix = "##";
    private const int LongestWord = 100; // characters; longer words are unknown when encoding

    /// <summary>Trains a tokenizer.</summary>
    /// <param name="texts">The texts, read once, in one thread.</param>
    /// <param name="options">Size, limits, and how text is normalized.</param>
    /// <param name="progress">Told about the progress, often from another thread.</param>
    /// <param name="cancellation">Stops the training.</param>
    /// <exception cref="InputException">There is no text, or the special tokens leave no room.</exception>
    /// <exception cref="OperationCanceledException">The training was stopped.</exception>
    public static Tokenizer Train(
        IEnumerable<string> texts, WordPieceTrainerOptions options, IProgress<TokenizerTrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(options);
        int size = options.VocabularySize - options.SpecialTokens.Count;
        _ = Require.That(size >= 2, options.VocabularySize, "vocabulary_size", $"more than the {options.SpecialTokens.Count} special tokens");
        TokenizerParts parts = Parts(options);
        WordCounts counts = WordCounter.Count(texts, new StepsCutter(parts.Normalizer, parts.PreTokenizer.Steps), options.Threads, options.MemoryLimitBytes, progress, cancellation);

        List<string> alphabet = Alphabet(counts, size / 2);
        var ids = alphabet.Select(static (token, id) => (token, id)).ToDictionary(static p => p.token, static p => p.id, StringComparer.Ordinal);
        var words = new WordStore(counts, (word, symbols) => Symbols(word, symbols, ids));
        var learner = new MergeLearner(words, alphabet, options.SpecialTokens, size, options.MinFrequency, Prefix);
        learner.Learn(progress, cancellation);

        string[] tokens = [.. options.SpecialTokens, .. learner.Tokens];
        return new Tokenizer(new TokenizerDefinition
        {
            Tokens = tokens,
            InModel = [.. tokens.Select(static _ => true)],
            AddedTokens = [.. options.SpecialTokens.Select(static (token, id) => new AddedToken(id, token, Special: true))],
            Model = new WordPieceDefinition(WordPieceTrainerOptions.Unknown, Prefix, LongestWord),
            Parts = parts,
        });
    }

    private static TokenizerParts Parts(WordPieceTrainerOptions options)
    {
        int cls = Index("[CLS]"), sep = Index("[SEP]");
        string template = cls < 0 || sep < 0 ? "null" : $$$"""{"type":"BertProcessing","sep":["[SEP]",{{{sep}}}],"cls":["[CLS]",{{{cls}}}]}""";
        return TokenizerParts.Parse("", $$$"""
            {"normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":{{{(options.Lowercase ? "true" : "false")}}} },
             "pre_tokenizer":{"type":"BertPreTokenizer"},"post_processor":{{{template}}},"decoder":{"type":"WordPiece","prefix":"{{{Prefix}}}","cleanup":true} }
            """, options.SpecialTokens.Count);

        int Index(string token) => options.SpecialTokens.Select(static (t, i) => (t, i)).Where(p => p.t == token).Select(static p => p.i).DefaultIfEmpty(-1).First();
    }

    // The most frequent characters, at the beginning of words and inside them; of equals the first in character order.
    private static List<string> Alphabet(WordCounts counts, int most)
    {
        var seen = new Dictionary<string, long>(StringComparer.Ordinal);
        for (int i = 0; i < counts.Count; i++)
        {
            bool first = true;
            foreach (Rune rune in Encoding.UTF8.GetString(counts.Word(i)).EnumerateRunes())
            {
                string token = first ? rune.ToString() : Prefix + rune.ToString();
                seen[token] = seen.GetValueOrDefault(token) + counts.Frequency(i);
                first = false;
            }
        }

        return [.. seen.OrderByDescending(static p => p.Value).ThenBy(static p => p.Key, StringComparer.Ordinal).Take(Math.Max(1, most)).Select(static p => p.Key).Order(StringComparer.Ordinal)];
    }

    private static int Symbols(ReadOnlySpan<byte> word, Span<int> symbols, Dictionary<string, int> ids)
    {
        int count = 0;
        while (!word.IsEmpty)
        {
            Rune.DecodeFromUtf8(word, out Rune rune, out int length);
            if (count >= LongestWord || !ids.TryGetValue(count == 0 ? rune.ToString() : Prefix + rune.ToString(), out int id)) return 0; // encodes to the unknown token
            symbols[count++] = id;
            word = word[length..];
        }

        return count;
    }
}
