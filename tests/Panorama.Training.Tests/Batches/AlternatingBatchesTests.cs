using Panorama.Training.Batches;

namespace Panorama.Training.Tests.Batches;

public sealed class AlternatingBatchesTests
{
    [Fact]
    public void TakesTurnsAndPassesOverWhatTheSecondHasGiven()
    {
        var source = new AlternatingBatches(new Counter("new"), new Counter("old"), secondOffset: 100);
        Assert.Equal(["new 1", "old 101", "new 2", "old 102"], Enumerable.Range(1, 4).Select(step => Counter.Name(source.Get(step))));
    }

    private sealed class Counter(string name) : IBatchSource
    {
        public static string Name(IReadOnlyList<MicroBatch> batches) => $"{(batches[0].Tokens[0] == 0 ? "new" : "old")} {batches[0].Tokens[1]}";

        public IReadOnlyList<MicroBatch> Get(long step) => [new MicroBatch([name == "new" ? 0 : 1, step], [0, 0], 1, 2)];
    }
}
