using Panorama.Core.Errors;
using Panorama.Data.Documents;
using Panorama.Data.Hashing;
using Panorama.Data.Rejects;

namespace Panorama.Data.Dedup;

/// <summary>One way of looking at documents when their similarity is judged.</summary>
/// <param name="Name">For reports.</param>
/// <param name="Text">What of a document is compared.</param>
/// <param name="Shingler">What a shingle is.</param>
public sealed record SimilarityView(string Name, Func<Document, string> Text, Shingler Shingler);

/// <summary>How a corpus is split. Validated when made.</summary>
public sealed record ClusterSplitOptions
{
    /// <summary>Share of the bytes to hold out; default 0.02.</summary>
    public double HeldOutShare { get; init => field = Require.That(value is > 0 and < 1, value, "the held-out share", "a number in (0, 1)"); } = 0.02;

    /// <summary>At least this many bytes are held out if <see cref="LargestShare"/> allows; default 400,000, enough for bits per byte to two decimals.</summary>
    public long LeastBytes { get; init => field = Require.That(value >= 0, value, "the least held-out bytes", "at least 0"); } = 400_000;

    /// <summary>At most this many bytes are aimed at; default 4,000,000.</summary>
    public long MostBytes { get; init => field = Require.That(value >= 1, value, "the most held-out bytes", "at least 1"); } = 4_000_000;

    /// <summary>Never more than this share is held out, however small the corpus; default 0.1.</summary>
    public double LargestShare { get; init => field = Require.That(value is > 0 and < 1, value, "the largest held-out share", "a number in (0, 1)"); } = 0.1;

    /// <summary>No training document is this similar to a held-out one; default 0.5.</summary>
    public double Threshold { get; init => field = Require.That(value is > 0 and <= 1, value, "the split's similarity threshold", "a number in (0, 1]"); } = 0.5;

    /// <summary>The ways in which documents are compared: none of them may find a neighbour across the split. The first one forms the clusters.</summary>
    public IReadOnlyList<SimilarityView> Views { get; init; } = [new("text", d => d.Text, new Shingler(ShingleUnit.Words, 3))];

    /// <summary>Documents with the same key stay on the same side; null: no such groups.</summary>
    public Func<Document, string?>? GroupKey { get; init; }

    /// <summary>Bands and rows of the clustering; default 42 × 3, which makes 99.6 % of the pairs at 0.5 candidates.</summary>
    public LshBanding Banding { get; init; } = new(42, 3);

    /// <summary>Decides which clusters are held out.</summary>
    public ulong Seed { get; init; }
}

/// <summary>A corpus in two parts without neighbours across them.</summary>
/// <param name="Training">To train on, in the order they came.</param>
/// <param name="HeldOut">To evaluate on, in the order they came.</param>
/// <param name="Clusters">Number of clusters found.</param>
/// <param name="LargestCluster">Documents of the largest one.</param>
public sealed record CorpusSplit(IReadOnlyList<Document> Training, IReadOnlyList<Document> HeldOut, int Clusters, int LargestCluster);

/// <summary>
/// Splits a corpus by similarity cluster. Whole clusters, in a pseudo-random order by seed and document ids, are held out;
/// clusters that chaining has made larger than a tenth of what is to be held out stay in training. Then every training document
/// is compared, exactly and in every view, with all held-out ones, and those too similar to one are dropped:
/// the separation is guaranteed, not only probable.
/// </summary>
/// <param name="options">Sizes, threshold, and views.</param>
public sealed class ClusterSplitter(ClusterSplitOptions options)
{
    /// <summary>The step's name in the ledger and the funnel.</summary>
    public const string Step = "split";

    private const int ClustersAtLeast = 10;

    /// <summary>Splits documents.</summary>
    /// <param name="documents">The whole corpus, deduplicated.</param>
    /// <param name="rejects">Where training documents go that are too similar to a held-out one.</param>
    public CorpusSplit Apply(IReadOnlyList<Document> documents, RejectLedger rejects)
    {
        ulong[][] sets = ShingleSets.Of(documents, options.Views[0].Text, options.Views[0].Shingler);
        var clusters = new UnionFind(documents.Count);
        JoinGroups(documents, clusters);
        SimilarityClusters.Join(sets, options.Banding, options.Threshold, options.Seed, clusters);
        List<List<int>> members = Members(clusters, documents.Count);
        bool[] heldOut = Choose(members, documents);
        bool[] dropped = new bool[documents.Count];
        foreach (SimilarityView view in options.Views)
            DropNeighbours(documents, view, heldOut, dropped, rejects);

        List<Document> training = [], evaluation = [];
        for (int i = 0; i < documents.Count; i++)
        {
            if (heldOut[i])
                evaluation.Add(documents[i]);
            else if (!dropped[i])
                training.Add(documents[i]);
        }

        return new CorpusSplit(training, evaluation, members.Count, members.Count == 0 ? 0 : members.Max(m => m.Count));
    }

    private void JoinGroups(IReadOnlyList<Document> documents, UnionFind clusters)
    {
        if (options.GroupKey is null)
            return;
        Dictionary<string, int> first = new(StringComparer.Ordinal);
        for (int i = 0; i < documents.Count; i++)
        {
            if (options.GroupKey(documents[i]) is { } key && !first.TryAdd(key, i))
                clusters.Union(first[key], i);
        }
    }

    private static List<List<int>> Members(UnionFind clusters, int count)
    {
        Dictionary<int, List<int>> members = [];
        for (int i = 0; i < count; i++)
        {
            int root = clusters.Find(i);
            if (!members.TryGetValue(root, out List<int>? cluster))
                members.Add(root, cluster = []);
            cluster.Add(i);
        }

        return [.. members.Values];
    }

    private bool[] Choose(List<List<int>> clusters, IReadOnlyList<Document> documents)
    {
        long[] bytes = [.. documents.Select(d => d.Utf8Bytes)];
        long total = bytes.Sum();
        long most = (long)(options.LargestShare * total);
        long target = Math.Min(most, Math.Clamp((long)(options.HeldOutShare * total), options.LeastBytes, Math.Max(options.LeastBytes, options.MostBytes)));
        // By the ids, not the positions: a document more or less elsewhere leaves the order of the others as it was.
        (long Bytes, ulong Order, List<int> Members)[] order = [.. clusters
            .Select(c => (c.Sum(i => bytes[i]), c.Min(i => Order(documents[i].Id)), c))];
        Array.Sort(order, static (a, b) => a.Order.CompareTo(b.Order));

        bool[] heldOut = new bool[documents.Count];
        long taken = Take(order, target / ClustersAtLeast, target, heldOut);
        if (taken == 0)
        {
            // All clusters are large: the smallest one is better than no evaluation, while most of the text stays for training.
            Array.Sort(order, static (a, b) => a.Bytes != b.Bytes ? a.Bytes.CompareTo(b.Bytes) : a.Order.CompareTo(b.Order));
            if (order.Length > 1)
                Take(order[..1], total / 2, total, heldOut);
        }

        return heldOut;
    }

    private static long Take((long Bytes, ulong Order, List<int> Members)[] order, long largest, long target, bool[] heldOut)
    {
        long taken = 0;
        foreach ((long bytes, _, List<int> members) in order)
        {
            if (bytes > largest || taken >= target)
                continue;
            taken += bytes;
            foreach (int member in members)
                heldOut[member] = true;
        }

        return taken;
    }

    private ulong Order(string id)
    {
        ulong hash = SplitMix.Mix(options.Seed);
        foreach (char c in id)
            hash = SplitMix.Mix(hash ^ c);
        return hash;
    }

    private void DropNeighbours(IReadOnlyList<Document> documents, SimilarityView view, bool[] heldOut, bool[] dropped, RejectLedger rejects)
    {
        int[] held = [.. Enumerable.Range(0, documents.Count).Where(i => heldOut[i])];
        if (held.Length == 0)
            return;
        ulong[][] sets = new ulong[held.Length][];
        Parallel.For(0, held.Length, i => sets[i] = view.Shingler.Shingles(view.Text(documents[held[i]])));
        var index = new NeighbourIndex(sets, options.Threshold);
        int[] neighbour = new int[documents.Count];
        Parallel.For(0, documents.Count, index.StartSearch, (i, _, search) =>
        {
            neighbour[i] = heldOut[i] || dropped[i] ? -1 : search.Find(view.Shingler.Shingles(view.Text(documents[i])));
            return search;
        }, static _ => { });
        for (int i = 0; i < documents.Count; i++)
        {
            if (neighbour[i] < 0)
                continue;
            dropped[i] = true;
            rejects.Add(Step, DropReason.NearHeldOut, documents[i], $"{view.Name}: {documents[held[neighbour[i]]].Id}");
        }
    }
}
