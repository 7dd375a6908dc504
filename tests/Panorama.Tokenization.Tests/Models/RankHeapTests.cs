using Panorama.Tokenization.Models;

namespace Panorama.Tokenization.Tests.Models;

public sealed class RankHeapTests
{
    [Fact]
    public void PopsInOrderWhateverWasAppendedAndPushed() => Gen.Select(Gen.ULong.Array[0, 40], Gen.ULong.Array[0, 40]).Sample(static (appended, pushed) =>
    {
        using var heap = new RankHeap(appended.Length);
        foreach (ulong key in appended) heap.Append(key);
        heap.Order();
        foreach (ulong key in pushed) heap.Push(key);
        var popped = new List<ulong>();
        while (heap.TryPop(out ulong key)) popped.Add(key);
        Assert.Equal(appended.Concat(pushed).Order(), popped);
    });
}
