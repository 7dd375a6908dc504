using Panorama.Data.Dedup;
using Panorama.Data.Documents;
using Panorama.Data.Rejects;
using Panorama.Data.Tests.Support;

namespace Panorama.Data.Tests.Dedup;

public sealed class DeduplicationTests
{
    [Fact]
    public void ExactDuplicatesIgnoreCaseAndWhiteSpaceOnly()
    {
        using var ledger = new RejectLedger();
        var dedup = new ExactDeduplicator(d => d.Text);
        Assert.True(dedup.IsNew(Texts.Of("a", "One  two\nthree"), ledger));
        Assert.False(dedup.IsNew(Texts.Of("b", " one two THREE "), ledger));
        Assert.True(dedup.IsNew(Texts.Of("c", "one two, three"), ledger));
        Assert.True(dedup.IsNew(Texts.Of("d", "onetwo three"), ledger));
        Assert.Equal(new RejectCount("exact_dedup", "exact_duplicate", 1, 15), Assert.Single(ledger.Counts()));
    }

    [Fact]
    public void PlantedNearDuplicatesAreFoundAndOthersStay()
    {
        const int Seed = 11;
        var random = new Random(Seed);
        List<Document> documents = [];
        HashSet<string> planted = [];
        for (int i = 0; i < 400; i++)
        {
            string text = Texts.Sentence(random, 120);
            documents.Add(Texts.Of($"o{i}", text));
            if (i % 2 != 0)
                continue;
            // Two of 120 words changed, ends cut: 5-gram similarity stays above 0.8; the copy is shorter, so it is the one to go.
            string[] words = text.Split(' ');
            words[30] = "x1";
            words[80] = "x2";
            documents.Add(Texts.Of($"n{i}", string.Join(' ', words[..^1])));
            planted.Add($"n{i}");
        }

        var options = new NearDedupOptions();
        using var ledger = new RejectLedger();
        IReadOnlyList<Document> kept = new NearDeduplicator(options).Apply(documents, d => d.Text, ledger);
        string[] dropped = [.. documents.Except(kept).Select(d => d.Id)];
        Assert.Empty(dropped.Except(planted)); // verified exactly, so nothing else may go
        Assert.True(dropped.Length >= 0.98 * planted.Count, $"{dropped.Length} of {planted.Count} found, seed {Seed}");
        Assert.Equal(documents.Where(kept.Contains), kept);
    }

    [Fact]
    public void EveryDroppedTextResemblesAKeptOneAndNoTwoKeptOnesAreAlike()
    {
        List<Document> documents = Texts.Corpus(seed: 5, families: 120, loners: 100);
        var options = new NearDedupOptions { Shingler = new Shingler(ShingleUnit.Words, 3) };
        using var ledger = new RejectLedger();
        IReadOnlyList<Document> kept = new NearDeduplicator(options).Apply(documents, d => d.Text, ledger);
        ulong[][] keptSets = [.. kept.Select(d => options.Shingler.Shingles(d.Text))];
        Document[] dropped = [.. documents.Except(kept)];
        Assert.NotEmpty(dropped);
        Assert.All(dropped, d => Assert.Contains(keptSets, k => Jaccard.Of(k, options.Shingler.Shingles(d.Text)) >= 0.8));
        int alike = 0;
        for (int i = 0; i < keptSets.Length; i++)
        {
            for (int j = 0; j < i; j++)
                alike += Jaccard.Of(keptSets[i], keptSets[j]) >= 0.8 ? 1 : 0;
        }

        Assert.True(alike <= 1, $"{alike} pairs of near-duplicates were kept"); // 0.2 % of the pairs at the threshold may be missed
    }

    [Fact]
    public void TheResultDoesNotDependOnThreads()
    {
        List<Document> documents = Texts.Corpus(seed: 6, families: 60, loners: 60);
        string[] Run()
        {
            using var ledger = new RejectLedger();
            return [.. new NearDeduplicator(new NearDedupOptions()).Apply(documents, d => d.Text, ledger).Select(d => d.Id)];
        }

        Assert.Equal(Run(), Run());
    }
}
