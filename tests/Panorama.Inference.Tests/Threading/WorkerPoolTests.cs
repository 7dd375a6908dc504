using Panorama.Inference.Threading;

namespace Panorama.Inference.Tests.Threading;

public sealed class WorkerPoolTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Every_item_is_done_once_and_before_the_return(int threads)
    {
        using var pool = new WorkerPool(threads);
        var done = new int[1000];
        Action<int, int> work = (from, to) =>
        {
            for (int i = from; i < to; i++)
            {
                Interlocked.Increment(ref done[i]);
            }
        };
        for (int job = 1; job <= 2000; job++)
        {
            int items = 1 + (job % done.Length);
            Array.Clear(done);
            pool.Run(work, items, 1 + (job % 7));
            for (int i = 0; i < items; i++)
            {
                Assert.Equal(1, done[i]);
            }

            Assert.All(done[items..], count => Assert.Equal(0, count));
        }
    }

    [Fact]
    public void Two_jobs_in_a_row_never_mix()
    {
        using var pool = new WorkerPool(4);
        long first = 0, second = 0;
        Action<int, int> one = (from, to) => Interlocked.Add(ref first, to - from);
        Action<int, int> two = (from, to) => Interlocked.Add(ref second, 1000 * (to - from));
        for (int i = 0; i < 20_000; i++)
        {
            pool.Run(one, 3, 1);
            pool.Run(two, 5, 1);
        }

        Assert.Equal((60_000L, 100_000_000L), (first, second));
    }

    [Fact]
    public void Running_allocates_nothing()
    {
        using var pool = new WorkerPool(2);
        Action<int, int> work = static (_, _) => { };
        pool.Run(work, 100, 1);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            pool.Run(work, 100, 1);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Parked_threads_wake()
    {
        using var pool = new WorkerPool(3);
        for (int i = 0; i < 5; i++)
        {
            Assert.True(SpinWait.SpinUntil(() => pool.AllParked, TimeSpan.FromSeconds(30)), "without work threads sleep");
            int count = 0;
            pool.Run((from, to) => Interlocked.Add(ref count, to - from), 64, 1);
            Assert.Equal(64, count);
        }
    }
}
