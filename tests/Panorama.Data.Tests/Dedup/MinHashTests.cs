using Panorama.Data.Dedup;

namespace Panorama.Data.Tests.Dedup;

public sealed class MinHashTests
{
    [Fact]
    public void VectorsAndScalarsAgree()
    {
        Gen.Select(Gen.ULong.Array[1, 50], Gen.Int[1, 70]).Sample((shingles, hashes) =>
        {
            var hasher = new MinHasher(hashes, 9);
            uint[] signature = new uint[hashes];
            hasher.Sign(shingles, signature);
            for (int i = 0; i < hashes; i++)
                Assert.Equal(hasher.SignScalar(shingles, i), signature[i]);
        });
    }

    [Theory]
    [InlineData(20, 80)]
    [InlineData(50, 50)]
    [InlineData(80, 20)]
    public void AgreementEstimatesTheSimilarity(int shared, int own)
    {
        // 100 elements in the union of two sets that share some: the estimate's deviation is sqrt(s(1-s)/n).
        var random = new Random(3);
        double sum = 0;
        const int Trials = 40, Hashes = 256;
        for (int trial = 0; trial < Trials; trial++)
        {
            ulong[] common = Draw(random, shared), a = [.. common, .. Draw(random, own / 2)], b = [.. common, .. Draw(random, own / 2)];
            var hasher = new MinHasher(Hashes, (ulong)trial);
            uint[] sa = new uint[Hashes], sb = new uint[Hashes];
            hasher.Sign(a, sa);
            hasher.Sign(b, sb);
            sum += sa.Zip(sb).Count(p => p.First == p.Second) / (double)Hashes;
        }

        Assert.InRange(sum / Trials, (shared / 100.0) - 0.025, (shared / 100.0) + 0.025); // five deviations
    }

    [Fact]
    public void BandsFollowTheirCurve()
    {
        var banding = new LshBanding(14, 8);
        Assert.Equal(0.924, banding.Probability(0.8), 0.001);
        Assert.Equal(0.0534, banding.Probability(0.5), 0.001);
    }

    [Fact]
    public void JaccardByHand()
    {
        Assert.Equal(0.5, Jaccard.Of([1, 2, 3], [2, 3, 4]));
        Assert.Equal(1, Jaccard.Of([], []));
        Assert.Equal(0, Jaccard.Of([1], []));
        Assert.True(Jaccard.AtLeast([1, 2, 3], [2, 3, 4], 0.5));
        Assert.False(Jaccard.AtLeast([1, 2, 3], [2, 3, 4], 0.51));
    }

    [Fact]
    public void TheThresholdTestAgreesWithTheValue()
    {
        Gen<ulong[]> set = Gen.ULong[0, 40].Array[0, 30].Select(a => a.Distinct().Order().ToArray());
        Gen.Select(set, set, Gen.Double[0.05, 1]).Sample((a, b, t) => Jaccard.AtLeast(a, b, t) == (Jaccard.Of(a, b) >= t));
        Gen.Select(set, set, Gen.OneOf(0.5, 0.8, 0.25, 1.0)).Sample((a, b, t) => Jaccard.AtLeast(a, b, t) == (Jaccard.Of(a, b) >= t));
    }

    private static ulong[] Draw(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (ulong)random.NextInt64())];
}
