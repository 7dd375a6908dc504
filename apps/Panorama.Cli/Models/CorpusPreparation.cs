using System.Globalization;
using Panorama.Cli.Terminal;
using Panorama.Core.Errors;
using Panorama.Core.IO;
using Panorama.Data.Corpus;
using Panorama.Data.Documents;
using Panorama.Data.Files;
using Panorama.Data.Filters;
using Panorama.Data.Rejects;
using Panorama.Data.Shards;
using Panorama.Data.Sources;
using Panorama.Evaluation.Perplexity;
using Panorama.Tokenization;
using Panorama.Tokenization.Training;
using Panorama.Training;
using Panorama.Training.Settings;

namespace Panorama.Cli.Models;

/// <summary>The way from a source of text to token shards, in steps that verbs share.</summary>
/// <param name="console">Progress goes there.</param>
/// <param name="cancellation">Stops between two documents or steps.</param>
internal sealed class CorpusPreparation(IRunConsole console, CancellationToken cancellation)
{
    private const int ShardDocumentsPerReport = 1000;
    private const string Probe = "System.Collections.Generic.List<T> returns the number of elements; naïve 中文 12345 \t {x => x.Value}";

    /// <summary>The source that a recipe names.</summary>
    /// <param name="name">A folder, or <see cref="CorpusSettings.DotnetDocumentation"/>.</param>
    /// <param name="brokenShare">Share of broken JSON lines above which reading stops.</param>
    public static IDocumentSource Source(string name, double brokenShare = RecordLimits.DefaultBrokenShare) => name == CorpusSettings.DotnetDocumentation
        ? new DotnetDocumentationSource()
        : new FolderSource(name, new FolderSourceOptions { BrokenShare = brokenShare });

    /// <summary>Builds a corpus and writes it.</summary>
    /// <param name="source">The source.</param>
    /// <param name="options">The steps' options.</param>
    /// <param name="recipe">Its settings in words: <see cref="Recipe"/>.</param>
    /// <param name="folder">Where it goes.</param>
    public async Task<BuiltCorpus> BuildAsync(IDocumentSource source, CorpusOptions options, string recipe, CorpusFolder folder)
    {
        folder.Create();
        using var rejects = new RejectLedger(folder.RejectsFile);
        var builder = new CorpusBuilder(options, rejects, name => console.Info($"  {name}"));
        IReadOnlyList<Document> documents = await ReadAsync(builder, source);
        BuiltCorpus corpus = builder.Build(documents, cancellation);
        folder.Write(corpus, recipe);
        return corpus;
    }

    /// <summary>What decides a corpus, its tokenizer and its shard, in words: two recipes are the same when these are.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="seed">Seed of the split.</param>
    public static string Recipe(CorpusSettings settings, ulong seed) => string.Create(
        CultureInfo.InvariantCulture,
        $"source {settings.Source}, full_documentation {settings.FullDocumentation}, max_documents {settings.MaxDocuments}, tokenizer {settings.Tokenizer ?? $"of {settings.VocabularySize} tokens"}, seed {seed}");

    /// <summary>The steps' options.</summary>
    /// <param name="maxDocuments">Documents taken; 0: all.</param>
    /// <param name="fullDocumentation">Whether API documents keep more than name and summary.</param>
    /// <param name="seed">Seed of the split.</param>
    public static CorpusOptions Options(int maxDocuments, bool fullDocumentation, ulong seed)
    {
        var options = new CorpusOptions { MaxDocuments = maxDocuments, Filters = fullDocumentation ? FilterChain.Default : FilterChain.Heads };
        return options with { Split = options.Split with { Seed = seed } };
    }

    /// <summary>Reads a source with a progress bar.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="source">The source.</param>
    public async Task<IReadOnlyList<Document>> ReadAsync(CorpusBuilder builder, IDocumentSource source)
    {
        using IProgressTask task = console.StartTask("Reading", null, "documents");
        IReadOnlyList<Document> documents = await builder.ReadAsync(source, new DirectProgress<long>(n => task.Report(n)), cancellation);
        task.Report(documents.Count);
        return documents;
    }

    /// <summary>Trains a tokenizer on the training documents and saves it in the corpus.</summary>
    /// <param name="training">The training documents.</param>
    /// <param name="size">Its tokens.</param>
    /// <param name="folder">The corpus.</param>
    public Tokenizer TrainTokenizer(IEnumerable<Document> training, int size, CorpusFolder folder)
    {
        using IProgressTask task = console.StartTask("Tokenizer", size, "tokens");
        var progress = new DirectProgress<TokenizerTrainingProgress>(p =>
        {
            if (p.Phase == TokenizerTrainingPhase.MergingPairs)
            {
                task.Report(p.Done);
            }
        });
        Tokenizer tokenizer = BpeTrainer.Train(training.Select(d => d.Text), new BpeTrainerOptions { VocabularySize = size, SpecialTokens = SpecialTokens.All }, progress, cancellation);
        tokenizer.Save(folder.TokenizerFile);
        return tokenizer;
    }

    /// <summary>Encodes the training documents into the corpus's shard, each after an end-of-text token.</summary>
    /// <param name="training">The training documents.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="folder">The corpus.</param>
    /// <returns>Tokens written.</returns>
    public long WriteShard(IReadOnlyCollection<Document> training, Tokenizer tokenizer, CorpusFolder folder)
    {
        int separator = SpecialTokens.Of(tokenizer).Bos!.Value;
        using IProgressTask task = console.StartTask("Tokens", training.Count, "documents");
        using var writer = new TokenShardWriter(folder.TrainingShard, tokenizer.VocabularySize);
        int done = 0;
        foreach (int[] ids in training.AsParallel().AsOrdered().WithCancellation(cancellation).Select(d => tokenizer.Encode(d.Text)))
        {
            writer.AddDocument([separator, .. ids]);
            if (++done % ShardDocumentsPerReport == 0)
            {
                task.Report(done);
            }
        }

        task.Report(done);
        writer.Complete();
        return writer.TokenCount;
    }

    /// <summary>Encodes held-out documents for validation.</summary>
    /// <param name="heldOut">The documents.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    public static HeldOutText HeldOut(IReadOnlyList<Document> heldOut, Tokenizer tokenizer) => heldOut.Count == 0
        ? throw new InputException("The corpus has no held-out document: there is too little text. Give more.")
        : new HeldOutText([.. heldOut.Select(d => TokenizedDocument.Encode(tokenizer, d.Text))], SpecialTokens.Of(tokenizer).Bos!.Value);

    /// <summary>The whole way for a recipe; what is there already is used.</summary>
    /// <param name="settings">The recipe's data section.</param>
    /// <param name="seed">Seed of the split.</param>
    /// <param name="folder">Where the corpus goes, unless the recipe names a prepared one.</param>
    public async Task<PretrainInputs> PrepareAsync(CorpusSettings settings, ulong seed, CorpusFolder folder)
    {
        if (settings.Prepared is { } prepared)
        {
            folder = new CorpusFolder(prepared);
        }

        // A prepared corpus may be read by several runs; what it lacks one of them makes.
        using FolderLock? held = settings.Prepared is not null && !IsComplete(folder) ? FolderLock.Take(folder.Path) : null;
        string recipe = Recipe(settings, seed);
        if (settings.Prepared is null && folder.IsWhole && folder.Recipe != recipe)
        {
            throw new InputException($"{folder.Path} holds a corpus of other data settings ({folder.Recipe ?? "not recorded"}) than those of now ({recipe}). Use the same ones, another --out, or --fresh to start over; to train on it as it is, give --data.prepared {folder.Path} and another --out.");
        }

        BuiltCorpus corpus = folder.IsWhole || settings.Prepared is not null
            ? folder.Read()
            : await BuildAsync(Source(settings.Source, settings.BrokenShare), Options(settings.MaxDocuments, settings.FullDocumentation, seed), recipe, folder);
        Tokenizer tokenizer = TokenizerOf(settings, corpus, folder);
        if (!File.Exists(folder.TrainingShard + ".idx"))
        {
            long tokens = WriteShard(corpus.Training, tokenizer, folder);
            console.Info(string.Create(CultureInfo.InvariantCulture, $"{tokens:N0} training tokens"));
        }

        return new PretrainInputs(folder.TrainingShard, tokenizer, RunIdentity.OfFile(folder.TokenizerFile), HeldOut(corpus.HeldOut, tokenizer));
    }

    private static bool IsComplete(CorpusFolder folder) => !folder.IsWhole || (File.Exists(folder.TokenizerFile) && File.Exists(folder.TrainingShard + ".idx"));

    // The corpus keeps the tokenizer that made its shard: another one would read other words in the same ids.
    private Tokenizer TokenizerOf(CorpusSettings settings, BuiltCorpus corpus, CorpusFolder folder)
    {
        if (!File.Exists(folder.TokenizerFile))
        {
            if (settings.Tokenizer is null)
            {
                return TrainTokenizer(corpus.Training, settings.VocabularySize, folder);
            }

            Tokenizer.Load(settings.Tokenizer).Save(folder.TokenizerFile);
        }

        var tokenizer = Tokenizer.Load(folder.TokenizerFile);
        if (settings.Tokenizer is { } other && !tokenizer.Encode(Probe).AsSpan().SequenceEqual(Tokenizer.Load(other).Encode(Probe)))
        {
            throw new InputException($"{folder.Path} was tokenized with another tokenizer than {other}. Leave data.tokenizer out, or build the corpus anew.");
        }

        return tokenizer;
    }
}
