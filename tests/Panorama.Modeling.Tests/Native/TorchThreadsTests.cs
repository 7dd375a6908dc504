using Panorama.Modeling.Native;

namespace Panorama.Modeling.Tests.Native;

public sealed class TorchThreadsTests : IDisposable
{
    public TorchThreadsTests() => TorchRuntime.SetThreads(2);

    public void Dispose() => TorchRuntime.SetThreads(1);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(1000)]
    public void EveryPieceRunsOnce(int pieces)
    {
        int[] runs = new int[pieces];
        TorchThreads.For(pieces, i => Interlocked.Increment(ref runs[i]));
        Assert.All(runs, r => Assert.Equal(1, r));
    }

    [Fact]
    public void TheThreadsAreLibtorchsOwn()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "OpenMP's threads are used on Linux");
        bool[] strange = new bool[2];
        int caller = Environment.CurrentManagedThreadId;
        using var both = new Barrier(2);
        TorchThreads.For(2, i =>
        {
            both.SignalAndWait(TestContext.Current.CancellationToken);
            strange[i] = Environment.CurrentManagedThreadId != caller && !Thread.CurrentThread.IsThreadPoolThread;
        });
        Assert.Single(strange, true);
    }

    [Fact]
    public void AnErrorOfAPieceReachesTheCaller()
    {
        var error = Assert.Throws<InvalidDataException>(() => TorchThreads.For(50, i => _ = i == 30 ? throw new InvalidDataException("piece") : i));
        Assert.Equal("piece", error.Message);
    }
}
