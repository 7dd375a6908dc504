using System.Diagnostics;
using Panorama.Core.Errors;
using Panorama.Data.Dedup;
using Panorama.Data.Documents;
using Panorama.Data.Filters;
using Panorama.Data.Rejects;
using Panorama.Data.Sources;

namespace Panorama.Data.Corpus;

/// <summary>How a corpus is built. Validated when made.</summary>
public sealed record CorpusOptions
{
    /// <summary>Documents taken, spread evenly over the source, and again passages of them; 0: all.</summary>
    public int MaxDocuments { get; init => field = Require.That(value >= 0, value, "max_documents", "at least 0 (0: all)"); }

    /// <summary>Cleans documents and drops those not worth keeping.</summary>
    public FilterChain Filters { get; init; } = FilterChain.Default;

    /// <summary>Longer documents are cut into passages of at most this many characters, after cleaning, so that a large file can be split and compared in parts. API documents stay whole. The only place where texts are cut.</summary>
    public int LongestPassage { get; init => field = Require.That(value >= 100, value, "the longest passage", "at least 100 characters"); } = 2000;

    /// <summary>Near-duplicates.</summary>
    public NearDedupOptions NearDedup { get; init; } = new();

    /// <summary>
    /// The split. By default overloads of a member stay on one side, and documents are compared in three ways: by what they
    /// say apart from naming their member, and by the words and the characters of the whole text.
    /// </summary>
    public ClusterSplitOptions Split { get; init; } = new()
    {
        GroupKey = document => DocumentationText.Is(document) ? document.MetadataOrNull(MetadataKeys.Name) : null,
        Views =
        [
            new SimilarityView("description", DocumentationText.Description, new Shingler(ShingleUnit.Words, 3)),
            new SimilarityView("text", document => document.Text, new Shingler(ShingleUnit.Words, 3)),
            new SimilarityView("characters", document => document.Text, new Shingler(ShingleUnit.Characters, 5)),
        ],
    };
}

/// <summary>A corpus ready for training.</summary>
/// <param name="Training">To train on, in the order of the source.</param>
/// <param name="HeldOut">To evaluate on; no training document is similar to one of them.</param>
/// <param name="Funnel">What every step kept, and why the rest went.</param>
public sealed record BuiltCorpus(IReadOnlyList<Document> Training, IReadOnlyList<Document> HeldOut, Funnel Funnel);

/// <summary>From a source to a split corpus: read, clean, deduplicate exactly and nearly, split by similarity cluster.</summary>
/// <param name="options">The steps' options.</param>
/// <param name="rejects">Where dropped documents go.</param>
/// <param name="step">Told the name of every step as it begins.</param>
public sealed class CorpusBuilder(CorpusOptions options, RejectLedger rejects, Action<string>? step = null)
{
    /// <summary>Name of the reading step.</summary>
    public const string Read = "read";

    /// <summary>Name of the step that cuts long documents.</summary>
    public const string Passages = "passages";

    private readonly List<FunnelStep> _steps = [];

    /// <summary>Reads a source, all of it or as many documents as asked for, spread evenly.</summary>
    /// <param name="source">The source.</param>
    /// <param name="progress">Told the number of documents read, now and then.</param>
    /// <param name="cancellation">Stops between two documents.</param>
    /// <exception cref="InputException">The source is missing or has no document.</exception>
    public async Task<IReadOnlyList<Document>> ReadAsync(IDocumentSource source, IProgress<long>? progress, CancellationToken cancellation)
    {
        step?.Invoke(Read);
        long began = Stopwatch.GetTimestamp();
        List<Document> documents = [];
        await foreach (Document document in source.ReadAsync(rejects, cancellation))
        {
            documents.Add(document);
            if (documents.Count % 1000 == 0)
            {
                progress?.Report(documents.Count);
            }
        }

        if (documents.Count == 0)
        {
            throw new InputException($"There is no document in {source.Name}{Reasons()}. Give a folder with .txt, .md, .html, .jsonl or .cs files.");
        }

        documents = Spread(documents);
        CorpusSize size = CorpusSize.Of(documents);
        _steps.Add(FunnelStep.Of(Read, size, size, Stopwatch.GetElapsedTime(began), rejects));
        return documents;
    }

    /// <summary>Cleans, deduplicates and splits.</summary>
    /// <param name="documents">What <see cref="ReadAsync"/> gave.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <exception cref="InputException">Nothing is left.</exception>
    public BuiltCorpus Build(IReadOnlyList<Document> documents, CancellationToken cancellation)
    {
        documents = Step(FilterChain.Step, documents, input => [.. input.AsParallel().AsOrdered().Select(d => options.Filters.Apply(d, rejects)).OfType<Document>()], cancellation);
        var passages = new PassageSplitter(options.LongestPassage);
        documents = Step(Passages, documents, input => Spread([.. input.SelectMany(d => DocumentationText.Is(d) ? [d] : passages.Split(d))]), cancellation);
        documents = Step(ExactDeduplicator.Step, documents, input =>
        {
            var exact = new ExactDeduplicator(DocumentationText.Description);
            return [.. input.Where(d => exact.IsNew(d, rejects))];
        }, cancellation);
        documents = Step(NearDeduplicator.Step, documents, input => new NearDeduplicator(options.NearDedup).Apply(input, DocumentationText.Description, rejects), cancellation);
        CorpusSplit? split = null;
        Step(ClusterSplitter.Step, documents, input =>
        {
            split = new ClusterSplitter(options.Split).Apply(input, rejects);
            return [.. split.Training, .. split.HeldOut];
        }, cancellation);
        return split!.Training.Count > 0
            ? new BuiltCorpus(split.Training, split.HeldOut, new Funnel([.. _steps]))
            : throw new InputException($"No document is left to train on{Reasons()}. Give more text.");
    }

    private IReadOnlyList<Document> Step(string name, IReadOnlyList<Document> input, Func<IReadOnlyList<Document>, IReadOnlyList<Document>> work, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        step?.Invoke(name);
        long began = Stopwatch.GetTimestamp();
        IReadOnlyList<Document> output = work(input);
        _steps.Add(FunnelStep.Of(name, CorpusSize.Of(input), CorpusSize.Of(output), Stopwatch.GetElapsedTime(began), rejects));
        return output;
    }

    private List<Document> Spread(List<Document> documents)
    {
        int all = documents.Count;
        int most = options.MaxDocuments;
        return most == 0 || all <= most ? documents : [.. Enumerable.Range(0, most).Select(i => documents[(int)((long)i * all / most)])];
    }

    private string Reasons()
    {
        string[] reasons = [.. rejects.Counts().Select(c => $"{c.Documents} {c.Reason}")];
        return reasons.Length == 0 ? "" : $" (set aside: {string.Join(", ", reasons)})";
    }
}
