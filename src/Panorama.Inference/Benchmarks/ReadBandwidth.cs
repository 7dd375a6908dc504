using System.Diagnostics;
using System.Runtime.Intrinsics;
using Panorama.Inference.Kernels;
using Panorama.Inference.Threading;

namespace Panorama.Inference.Benchmarks;

/// <summary>How fast the threads read memory: the limit of decoding.</summary>
public static unsafe class ReadBandwidth
{
    private const long Bytes = 256L << 20;
    private const int Piece = 1 << 18;

    /// <summary>Reads a quarter of a gigabyte several times.</summary>
    /// <param name="threads">Threads that read.</param>
    /// <param name="repeats">Passes; the median counts.</param>
    /// <returns>Bytes a second.</returns>
    public static double Measure(int threads, int repeats = 7)
    {
        using var pool = new WorkerPool(threads);
        using var buffer = new NativeBuffer(Bytes, dense: true);
        byte* data = buffer.Pointer;
        for (long page = 0; page < Bytes; page += 4096)
        {
            data[page] = 1; // untouched pages would all be the same one of zeros
        }

        long sum = 0;
        Action<int, int> work = (from, to) =>
        {
            Vector512<long> a = default, b = default, c = default, d = default;
            byte* end = data + ((long)to * Piece);
            for (byte* p = data + ((long)from * Piece); p < end; p += 256)
            {
                a += Vector512.Load((long*)p);
                b += Vector512.Load((long*)(p + 64));
                c += Vector512.Load((long*)(p + 128));
                d += Vector512.Load((long*)(p + 192));
            }

            Interlocked.Add(ref sum, Vector512.Sum(a + b + c + d));
        };
        var seconds = new double[repeats];
        for (int i = -2; i < repeats; i++)
        {
            long began = Stopwatch.GetTimestamp();
            pool.Run(work, (int)(Bytes / Piece), 8);
            if (i >= 0)
            {
                seconds[i] = Stopwatch.GetElapsedTime(began).TotalSeconds;
            }
        }

        Array.Sort(seconds);
        return Bytes / seconds[repeats / 2];
    }
}
