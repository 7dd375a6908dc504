using Panorama.Tokenization.Models;

namespace Panorama.Tokenization.Tests.Models;

public sealed class BpeMergerTests
{
    // 0 a, 1 b, 2 c; rank 0: bc, 1: ab, 2: a+bc, 3: ab+ab
    private static readonly MergeTable HandMade = new([new Merge(1, 2, 3), new Merge(0, 1, 4), new Merge(0, 3, 5), new Merge(4, 4, 6)]);

    [Theory]
    [InlineData("0", "0")]
    [InlineData("0 1", "4")]
    [InlineData("0 1 2", "5")] // bc comes before ab, although ab is further left; then a + bc
    [InlineData("0 1 0 1 0 1 2", "6 5")]
    [InlineData("0 1 0 1 0 1", "6 4")] // the leftmost of equals first
    [InlineData("2 2 0 0", "2 2 0 0")]
    public void HandWorkedMerges(string symbols, string expected)
    {
        Assert.Equal(Numbers(expected), Merged(HandMade, Numbers(symbols), BpeMerger.MergeShort));
        Assert.Equal(Numbers(expected), Merged(HandMade, Numbers(symbols), BpeMerger.MergeLong));
    }

    [Fact]
    public void OfTwoRulesForOnePairTheLaterCounts()
    {
        var table = new MergeTable([new Merge(0, 1, 7), new Merge(1, 2, 8), new Merge(0, 1, 9)]);
        Assert.Equal([0, 8], Merged(table, [0, 1, 2], BpeMerger.MergeShort));
        Assert.Equal([9], Merged(table, [0, 1], BpeMerger.MergeShort));
    }

    [Fact]
    public void HeapAndScanAgreeWithTheDefinition() =>
        Gen.Select(Gen.Select(Gen.Int[0, 9], Gen.Int[0, 9]).Array[0, 30], Gen.Int[0, 4].Array[1, BpeMerger.ShortWord]).Sample(static (pairs, symbols) =>
        {
            // Results of any id, also ones that earlier rules use: files may be stranger than trained ones.
            Merge[] merges = [.. pairs.Select(static (p, i) => new Merge(p.Item1, p.Item2, 5 + (i % 7)))];
            var table = new MergeTable(merges);
            int[] expected = Definition(merges, symbols);
            Assert.Equal(expected, Merged(table, symbols, BpeMerger.MergeShort));
            Assert.Equal(expected, Merged(table, symbols, BpeMerger.MergeLong));
        }, iter: 5_000);

    private delegate int MergeLoop(MergeTable table, Span<int> symbols);

    private static int[] Merged(MergeTable table, int[] symbols, MergeLoop loop)
    {
        int[] copy = [.. symbols];
        return copy[..loop(table, copy)];
    }

    private static int[] Numbers(string text) => [.. text.Split(' ').Select(int.Parse)];

    private static int[] Definition(Merge[] merges, int[] symbols)
    {
        var left = new List<int>(symbols);
        while (true)
        {
            (int best, int at) = (int.MaxValue, -1);
            for (int i = 0; i + 1 < left.Count; i++)
            {
                int rank = Array.FindLastIndex(merges, m => m.Left == left[i] && m.Right == left[i + 1]);
                if (rank >= 0 && rank < best) (best, at) = (rank, i);
            }

            if (at < 0) return [.. left];
            left[at] = merges[best].Result;
            left.RemoveAt(at + 1);
        }
    }
}
