using Panorama.Data.Dedup;
using Panorama.Data.Documents;
using Panorama.Data.Rejects;
using Panorama.Data.Tests.Support;

namespace Panorama.Data.Tests.Dedup;

public sealed class ClusterSplitterTests
{
    private static readonly ClusterSplitOptions Small = new()
    {
        HeldOutShare = 0.1,
        LeastBytes = 0,
        LargestShare = 0.2,
        Seed = 3,
        Views =
        [
            new("words", d => d.Text, new Shingler(ShingleUnit.Words, 3)),
            new("characters", d => d.Text, new Shingler(ShingleUnit.Characters, 5)),
        ],
    };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void NoTrainingDocumentHasAHeldOutNeighbourByBruteForce(int seed)
    {
        List<Document> documents = Texts.Corpus(seed, families: 150, loners: 150);
        using var ledger = new RejectLedger();
        CorpusSplit split = new ClusterSplitter(Small with { Seed = (ulong)seed }).Apply(documents, ledger);
        AssertSeparate(split, Small.Views, $"seed {seed}");
        long total = CorpusSize.Of(documents).Bytes, held = CorpusSize.Of(split.HeldOut).Bytes;
        Assert.InRange(held / (double)total, 0.1, 0.12);
        long dropped = ledger.Counts().Sum(c => c.Documents);
        Assert.Equal(documents.Count, split.Training.Count + split.HeldOut.Count + dropped);
        Assert.Equal(documents.Where(split.HeldOut.Contains), split.HeldOut);
    }

    [Fact]
    public void TheGuaranteeHoldsEvenWhenTheClusteringSeesNothing()
    {
        List<Document> documents = Texts.Corpus(seed: 8, families: 150, loners: 50);
        using var ledger = new RejectLedger();
        // One band of 64 rows finds hardly any pair; the exact check has to do all the work.
        CorpusSplit split = new ClusterSplitter(Small with { Banding = new LshBanding(1, 64) }).Apply(documents, ledger);
        AssertSeparate(split, Small.Views, "blind clustering");
        Assert.NotEmpty(ledger.Counts());
    }

    [Fact]
    public void GroupsStayOnOneSide()
    {
        List<Document> documents = [.. Texts.Corpus(seed: 4, families: 0, loners: 400).Select((d, i) => d with
        {
            Metadata = new Dictionary<string, string> { ["name"] = $"n{i % 200}" },
        })];
        using var ledger = new RejectLedger();
        CorpusSplit split = new ClusterSplitter(Small with { GroupKey = d => d.Metadata["name"] }).Apply(documents, ledger);
        Assert.NotEmpty(split.HeldOut);
        Assert.Empty(split.HeldOut.Select(d => d.Metadata["name"]).Intersect(split.Training.Select(d => d.Metadata["name"])));
    }

    [Fact]
    public void ChainsThatSwallowTheCorpusStayInTrainingAndOthersAreHeldOut()
    {
        // 300 texts of which each resembles the next one: connected, though the ends share nothing.
        List<Document> documents = [.. Enumerable.Range(0, 300).Select(i =>
            Texts.Of($"c{i}", string.Join(' ', Enumerable.Range(i * 5, 40).Select(w => $"w{w}"))))];
        documents.AddRange(Texts.Corpus(seed: 9, families: 0, loners: 300));
        using var ledger = new RejectLedger();
        CorpusSplit split = new ClusterSplitter(Small).Apply(documents, ledger);
        Assert.True(split.LargestCluster >= 290, $"{split.LargestCluster}");
        Assert.NotEmpty(split.HeldOut);
        Assert.DoesNotContain(split.HeldOut, d => d.Id.StartsWith('c'));
        AssertSeparate(split, Small.Views, "chain");
    }

    [Fact]
    public void TheSeedDecidesAndTheOrderOfReadingDoesNot()
    {
        List<Document> documents = Texts.Corpus(seed: 10, families: 0, loners: 300);
        string[] first = HeldOut(documents, 1);
        Assert.Equal(first, HeldOut(documents, 1));
        Assert.NotEqual(first, HeldOut(documents, 2));
        documents.Reverse();
        Assert.Equal(first.Order(), HeldOut(documents, 1).Order());
    }

    [Fact]
    public void TinyCorporaHoldOutAtMostTheSmallestCluster()
    {
        Document[] three = [Texts.Of("a", new string('x', 400)), Texts.Of("b", new string('y', 300)), Texts.Of("c", new string('z', 90))];
        using var ledger = new RejectLedger();
        CorpusSplit split = new ClusterSplitter(new ClusterSplitOptions()).Apply(three, ledger);
        Assert.Equal("c", Assert.Single(split.HeldOut).Id);
        Assert.Equal(2, split.Training.Count);
        Assert.Empty(new ClusterSplitter(new ClusterSplitOptions()).Apply(three[..1], ledger).HeldOut);
        Assert.Empty(new ClusterSplitter(new ClusterSplitOptions()).Apply([], ledger).Training);
    }

    [Fact]
    public void TheExactSearchAgreesWithBruteForce()
    {
        Gen<ulong[]> set = Gen.ULong[0, 25].Array[1, 20].Select(a => a.Distinct().Order().ToArray());
        Gen.Select(set.Array[1, 12], set, Gen.OneOf<double>(0.3, 0.5, 0.8, 1.0)).Sample((sets, query, threshold) =>
        {
            NeighbourIndex.Search search = new NeighbourIndex(sets, threshold).StartSearch();
            foreach (ulong[] one in (ulong[][])[query, .. sets])
            {
                int found = search.Find(one);
                bool exists = sets.Any(s => Jaccard.Of(s, one) >= threshold);
                if (exists != (found >= 0) || (found >= 0 && Jaccard.Of(sets[found], one) < threshold))
                    return false;
            }

            return true;
        });
    }

    private static string[] HeldOut(IReadOnlyList<Document> documents, ulong seed)
    {
        using var ledger = new RejectLedger();
        return [.. new ClusterSplitter(Small with { Seed = seed }).Apply(documents, ledger).HeldOut.Select(d => d.Id)];
    }

    private static void AssertSeparate(CorpusSplit split, IReadOnlyList<SimilarityView> views, string what)
    {
        Assert.NotEmpty(split.HeldOut);
        foreach (SimilarityView view in views)
        {
            ulong[][] held = [.. split.HeldOut.Select(d => view.Shingler.Shingles(view.Text(d)))];
            foreach (Document document in split.Training)
            {
                ulong[] own = view.Shingler.Shingles(view.Text(document));
                double most = held.Max(h => Jaccard.Of(h, own));
                Assert.True(most < 0.5, $"{what}, {view.Name}: {document.Id} has a held-out neighbour of {most}");
            }
        }
    }
}
