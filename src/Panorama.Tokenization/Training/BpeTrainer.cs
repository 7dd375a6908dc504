using System.Text;
using Panorama.Core.Errors;
using Panorama.Tokenization.AddedTokens;
using Panorama.Tokenization.Bytes;
using Panorama.Tokenization.Models;
using Panorama.Tokenization.PreTokenizers;
using Panorama.Tokenization.Serialization;

namespace Panorama.Tokenization.Training;

/// <summary>
/// Trains a byte-level BPE tokenizer. The same texts and options give the same tokenizer, whatever the threads. Ids: the 256
/// bytes in the order of their characters, merged tokens by rank, special tokens last.
/// </summary>
public static class BpeTrainer
{
    /// <summary>Trains a tokenizer.</summary>
    /// <param name="texts">The texts, read once, in one thread; special tokens written in them are plain text.</param>
    /// <param name="options">Size, limits, and how text is cut.</param>
    /// <param name="progress">Told about the progress, often from another thread.</param>
    /// <param name="cancellation">Stops the training.</param>
    /// <exception cref="InputException">There is no text, or the special tokens leave no room.</exception>
    /// <exception cref="OperationCanceledException">The training was stopped.</exception>
    public static Tokenizer Train(
        IEnumerable<string> texts, BpeTrainerOptions options, IProgress<TokenizerTrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(options);
        int size = options.VocabularySize - options.SpecialTokens.Count;
        _ = Require.That(size >= 256, options.VocabularySize, "vocabulary_size", $"at least {256 + options.SpecialTokens.Count} (256 bytes and {options.SpecialTokens.Count} special tokens)");

        WordStore words = CountWords(texts, options, progress, cancellation);
        IEnumerable<string> reserved = options.SpecialTokens.Select(static t => ByteAlphabet.ToText(Encoding.UTF8.GetBytes(t))).Concat(options.SpecialTokens);
        var learner = new MergeLearner(words, ByteTokens(), reserved, size, options.MinFrequency);
        learner.Learn(progress, cancellation);
        return new Tokenizer(Define(learner, options));
    }

    private static WordStore CountWords(IEnumerable<string> texts, BpeTrainerOptions options, IProgress<TokenizerTrainingProgress>? progress, CancellationToken cancellation)
    {
        WordCounts counts = WordCounter.Count(texts, new ScannerCutter(options.PreTokenizer), options.Threads, options.MemoryLimitBytes, progress, cancellation);
        var tokenOfByte = new int[256];
        for (int id = 0; id < 256; id++) tokenOfByte[ByteAlphabet.InCharacterOrder[id]] = id;
        return new WordStore(counts, (word, symbols) =>
        {
            for (int i = 0; i < word.Length; i++) symbols[i] = tokenOfByte[word[i]];
            return word.Length;
        });
    }

    private static IEnumerable<string> ByteTokens()
    {
        for (int id = 0; id < 256; id++) yield return ByteAlphabet.ToChar(ByteAlphabet.InCharacterOrder[id]).ToString();
    }

    private static TokenizerDefinition Define(MergeLearner learner, BpeTrainerOptions options)
    {
        string[] tokens = [.. learner.Tokens, .. options.SpecialTokens];
        var inModel = new bool[tokens.Length];
        Array.Fill(inModel, value: true, 0, learner.Tokens.Count);
        return new TokenizerDefinition
        {
            Tokens = tokens,
            InModel = inModel,
            AddedTokens = [.. options.SpecialTokens.Select((t, i) => new AddedToken(learner.Tokens.Count + i, t, Special: true))],
            Model = new BpeDefinition { Merges = learner.Merges },
            Parts = TokenizerParts.Parse("", $$$"""{"pre_tokenizer":{{{SplitPatternText.Json(options.PreTokenizer)}}},"decoder":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}}""", tokens.Length),
        };
    }
}
