using Panorama.Cli.Hosting;

namespace Panorama.Cli.Tests.Hosting;

public sealed class NearestNameTests
{
    private static readonly string[] Verbs = ["pretrain", "finetune", "data", "env", "evaluate"];

    [Theory]
    [InlineData("", "", 0)]
    [InlineData("", "abc", 3)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("trian", "train", 1)] // a swap is one edit
    [InlineData("TRAIN", "train", 0)]
    public void Distance_counts_edits(string a, string b, int expected) => Assert.Equal(expected, NearestName.Distance(a, b));

    [Theory]
    [InlineData("pretrian", "pretrain")]
    [InlineData("dat", "data")]
    [InlineData("evn", "env")]
    [InlineData("run", null)]
    [InlineData("", null)]
    [InlineData("zzzzzzzz", null)]
    public void Only_a_near_name_is_offered(string typed, string? expected) => Assert.Equal(expected, NearestName.Find(typed, Verbs));

    [Fact]
    public void Distance_is_a_metric_but_for_swaps_across_edits() =>
        Gen.Select(Gen.String[Gen.Char["abc"], 0, 8], Gen.String[Gen.Char["abc"], 0, 8]).Sample((a, b) =>
        {
            int distance = NearestName.Distance(a, b);
            Assert.Equal(distance, NearestName.Distance(b, a));
            Assert.Equal(a == b, distance == 0);
            Assert.InRange(distance, Math.Abs(a.Length - b.Length), Math.Max(a.Length, b.Length));
        });
}
