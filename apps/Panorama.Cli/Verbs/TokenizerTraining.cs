using System.Diagnostics;
using System.Text.Json.Nodes;
using Panorama.Cli.Hosting;
using Panorama.Cli.Models;
using Panorama.Cli.Terminal;
using Panorama.Core.Errors;
using Panorama.Core.IO;
using Panorama.Data.Documents;
using Panorama.Data.Files;
using Panorama.Data.Rejects;
using Panorama.Tokenization;
using Panorama.Tokenization.Training;
using Panorama.Training;
using Panorama.Training.Settings;

namespace Panorama.Cli.Verbs;

/// <summary>What <c>panorama tokenizer train</c> may be told.</summary>
internal sealed record TokenizerTrainingSettings
{
    /// <summary>A file or folder of .txt, .md, .html, .jsonl and .cs files, or dotnet-docs: the documentation that came with the SDK.</summary>
    public string Input { get; init; } = CorpusSettings.DotnetDocumentation;

    /// <summary>What is trained: bpe (byte-level, any text comes back), wordpiece (as BERT, small letters), unigram (as T5, any text comes back).</summary>
    public TokenizerKind Kind { get; init; } = TokenizerKind.Bpe;

    /// <summary>Tokens, special ones included.</summary>
    public int VocabularySize { get; init => field = SpecialTokens.CheckedVocabulary(value); } = 8192;

    /// <summary>Pairs seen fewer times are not merged; of bpe and wordpiece.</summary>
    public long MinFrequency { get; init => field = new BpeTrainerOptions { MinFrequency = value }.MinFrequency; } = 2;

    /// <summary>Share of broken JSON lines above which reading stops.</summary>
    public double BrokenShare { get; init => field = RecordLimits.CheckedShare(value); } = RecordLimits.DefaultBrokenShare;

    /// <summary>Threads that count words; 0: all cores. The result does not depend on it.</summary>
    public int Threads { get; init => field = Require.That(value is >= 0 and <= 1024, value, "threads", "0 to 1024"); }
}

/// <summary>The kinds of tokenizers that can be trained.</summary>
internal enum TokenizerKind
{
    /// <summary>Byte-level byte pair encoding.</summary>
    Bpe,

    /// <summary>WordPiece with the steps of BERT.</summary>
    Wordpiece,

    /// <summary>A unigram language model with byte fallback.</summary>
    Unigram,
}

/// <summary><c>panorama tokenizer train</c>: a tokenizer from text.</summary>
internal static class TokenizerTraining
{
    /// <summary>Makes the verb.</summary>
    public static VerbCommand Create() =>
        RecipeCommand.Create<TokenizerTrainingSettings>("train", "Learn a vocabulary from text: byte-level BPE, WordPiece or unigram", run => Task.FromResult(Train(run)));

    private static JsonObject Train(RecipeRun<TokenizerTrainingSettings> run)
    {
        TokenizerTrainingSettings settings = run.Settings;
        CancellationToken cancellation = run.Context.Cancellation;
        string folder = run.Out ?? Path.Combine("runs", "tokenizer");
        DiskErrors.Guard(folder, null, () => Directory.CreateDirectory(folder));
        string path = Path.Combine(folder, "tokenizer.json");

        long started = Stopwatch.GetTimestamp();
        long documents = 0;
        long bytes = 0;
        Tokenizer tokenizer;
        using (var rejects = new RejectLedger())
        using (var bars = new TrainingBars(run.Context.Console))
        {
            IEnumerable<string> texts = CorpusPreparation.Source(settings.Input, settings.BrokenShare).ReadAsync(rejects, cancellation).ToBlockingEnumerable(cancellation).Select(Counted);
            tokenizer = Train(settings, texts, bars, cancellation);
            foreach (RejectCount reject in rejects.Counts())
                run.Context.Console.Warn($"set aside: {Format.Count(reject.Documents)} {reject.Reason.Replace('_', ' ')}");
        }

        if (tokenizer.VocabularySize < settings.VocabularySize)
        {
            run.Context.Console.Warn($"vocabulary_size is {Format.Count(settings.VocabularySize)}, but the text yields {Format.Count(tokenizer.VocabularySize)} tokens; more text gives more.");
        }

        tokenizer.Save(path);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        run.Context.Console.Info($"{Format.Count(tokenizer.VocabularySize)} tokens from {Format.Count(documents)} documents, {Format.Bytes(bytes)}, in {Format.Duration(TimeSpan.FromSeconds(seconds))}: {path}");
        return new JsonObject
        {
            ["tokenizer"] = path,
            ["kind"] = settings.Kind.ToString().ToLowerInvariant(),
            ["vocabulary_size"] = tokenizer.VocabularySize,
            ["documents"] = documents,
            ["bytes"] = bytes,
            ["seconds"] = seconds,
        };

        // The trainer reads the texts once, in one thread.
        string Counted(Document document)
        {
            documents++;
            bytes += document.Utf8Bytes;
            return document.Text;
        }
    }

    private static Tokenizer Train(TokenizerTrainingSettings settings, IEnumerable<string> texts, IProgress<TokenizerTrainingProgress> progress, CancellationToken cancellation)
    {
        int threads = settings.Threads == 0 ? Environment.ProcessorCount : settings.Threads;
        return settings.Kind switch
        {
            TokenizerKind.Wordpiece => WordPieceTrainer.Train(
                texts, new WordPieceTrainerOptions { VocabularySize = settings.VocabularySize, MinFrequency = settings.MinFrequency, Threads = threads }, progress, cancellation),
            TokenizerKind.Unigram => UnigramTrainer.Train(
                texts, new UnigramTrainerOptions { VocabularySize = settings.VocabularySize, SpecialTokens = SpecialTokens.All, Threads = threads }, progress, cancellation),
            _ => BpeTrainer.Train(
                texts, new BpeTrainerOptions { VocabularySize = settings.VocabularySize, MinFrequency = settings.MinFrequency, SpecialTokens = SpecialTokens.All, Threads = threads }, progress, cancellation),
        };
    }

    /// <summary>One bar for reading, one for merging.</summary>
    private sealed class TrainingBars(IRunConsole console) : IProgress<TokenizerTrainingProgress>, IDisposable
    {
        private readonly Lock _lock = new();
        private IProgressTask? _bar;
        private TokenizerTrainingPhase? _phase;

        public void Report(TokenizerTrainingProgress value)
        {
            lock (_lock)
            {
                if (_phase != value.Phase)
                {
                    _bar?.Dispose();
                    _bar = value.Phase switch
                    {
                        TokenizerTrainingPhase.CountingWords => console.StartTask("Counting words", null, "characters"),
                        TokenizerTrainingPhase.MergingPairs => console.StartTask("Merging pairs", value.Total, "tokens"),
                        _ => console.StartTask("Removing pieces", value.Total, "pieces"),
                    };
                    _phase = value.Phase;
                }

                _bar!.Report(value.Done);
            }
        }

        public void Dispose() => _bar?.Dispose();
    }
}
