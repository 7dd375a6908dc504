using System.CommandLine;
using System.Text.Json.Nodes;
using Panorama.Cli.Hosting;
using Panorama.Cli.Models;
using Panorama.Cli.Terminal;
using Panorama.Core.Errors;
using Panorama.Core.IO;
using Panorama.Data.Corpus;
using Panorama.Data.Files;
using Panorama.Data.Rejects;
using Panorama.Tokenization;
using Panorama.Training;
using Panorama.Training.Settings;

namespace Panorama.Cli.Verbs;

/// <summary>What <c>panorama data build</c> may be told.</summary>
internal sealed record DataBuildSettings
{
    /// <summary>A file or folder of .txt, .md, .html, .jsonl and .cs files, or dotnet-docs: the documentation that came with the SDK.</summary>
    public string Source { get; init; } = CorpusSettings.DotnetDocumentation;

    /// <summary>Documents taken, spread evenly over the source; 0: all.</summary>
    public int MaxDocuments { get; init => field = Require.That(value >= 0, value, "max_documents", "at least 0 (0: all)"); }

    /// <summary>Whether API documents keep parameters, exceptions and remarks, or only name and summary.</summary>
    public bool FullDocumentation { get; init; }

    /// <summary>Share of broken JSON lines above which reading stops.</summary>
    public double BrokenShare { get; init => field = RecordLimits.CheckedShare(value); } = RecordLimits.DefaultBrokenShare;

    /// <summary>Tokenizer file or folder; null: one is trained on the corpus.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>Tokens of the tokenizer that is trained.</summary>
    public int VocabularySize { get; init => field = SpecialTokens.CheckedVocabulary(value); } = 8192;

    /// <summary>Seed of the split.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>The same as a section of a training recipe.</summary>
    internal CorpusSettings AsCorpus() => new()
    {
        Source = Source,
        MaxDocuments = MaxDocuments,
        FullDocumentation = FullDocumentation,
        BrokenShare = BrokenShare,
        Tokenizer = Tokenizer,
        VocabularySize = VocabularySize,
    };
}

/// <summary><c>panorama data</c>: from text to token shards.</summary>
internal static class DataVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Create() => new("data", "Read, clean, deduplicate, split and store text") { Build() };

    private static VerbCommand Build() => RecipeCommand.Create<DataBuildSettings>("build", "Make a corpus of documents, a tokenizer and token shards", async run =>
    {
        DataBuildSettings settings = run.Settings;
        var folder = new CorpusFolder(run.Out ?? Path.Combine("runs", "data"));
        using var held = FolderLock.Take(folder.Path);
        folder.Create(); // a folder that cannot be written is said before the work
        var preparation = new CorpusPreparation(run.Context.Console, run.Context.Cancellation);
        Tokenizer? given = settings.Tokenizer is { } path ? Tokenizer.Load(path) : null; // a wrong path is said before the work
        BuiltCorpus corpus = await preparation.BuildAsync(CorpusPreparation.Source(settings.Source, settings.BrokenShare), CorpusPreparation.Options(settings.MaxDocuments, settings.FullDocumentation, settings.Seed), CorpusPreparation.Recipe(settings.AsCorpus(), settings.Seed), folder);
        run.Context.Console.Table(FunnelTable.Of(corpus.Funnel));

        given?.Save(folder.TokenizerFile);
        Tokenizer tokenizer = given ?? preparation.TrainTokenizer(corpus.Training, settings.VocabularySize, folder);
        long tokens = preparation.WriteShard(corpus.Training, tokenizer, folder);
        run.Context.Console.Info($"{Format.Count(corpus.Training.Count)} documents to train on, {Format.Count(tokens)} tokens, {Format.Count(corpus.HeldOut.Count)} documents held out: {folder.Path}");
        return new JsonObject
        {
            ["corpus"] = folder.Path,
            ["training_documents"] = corpus.Training.Count,
            ["held_out_documents"] = corpus.HeldOut.Count,
            ["tokens"] = tokens,
            ["shard"] = folder.TrainingShard,
            ["tokenizer"] = folder.TokenizerFile,
            ["funnel"] = new JsonArray([.. corpus.Funnel.Steps.Select(StepJson)]),
        };
    });

    private static JsonNode? StepJson(FunnelStep step) => new JsonObject
    {
        ["step"] = step.Name,
        ["documents_in"] = step.DocumentsIn,
        ["documents_out"] = step.DocumentsOut,
        ["bytes_in"] = step.BytesIn,
        ["bytes_out"] = step.BytesOut,
        ["seconds"] = step.Seconds,
        ["dropped"] = new JsonObject(step.Dropped.Select(dropped => KeyValuePair.Create(dropped.Reason, (JsonNode?)dropped.Documents))),
    };
}
