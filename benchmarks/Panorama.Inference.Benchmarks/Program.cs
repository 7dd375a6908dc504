using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Panorama.Inference.Benchmarks;
using Panorama.Inference.Threading;
using Panorama.Quantization.Formats;

// The products of a 1.1 B model's feed-forward layers: bytes a second with one row of activations (a decode step, bound by
// memory) beside plain reading, and multiplications a second with 64 rows (a prompt, bound by the processor).
// Arguments: threads (2), formats (q8_0,q4_0,q4_k).
int threads = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 2;
string[] formats = args.Length > 1 ? args[1].Split(',') : ["Q8_0", "Q4_0", "Q4_K"];
using var pool = new WorkerPool(threads);
const int Outputs = 5632, Inputs = 2048, Matrices = 12, Repeats = 7;
double read = ReadBandwidth(pool);
Console.WriteLine($"reading {read:f1} GB/s, {threads} threads");
foreach (string name in formats)
{
    using var bench = new ProductBench(Enum.Parse<TensorFormat>(name, ignoreCase: true), Outputs, Inputs, Matrices, pool);
    (double one, long bytes) = bench.Median(1, Repeats);
    (double many, _) = bench.Median(64, 3);
    (double eight, _) = bench.Median(8, Repeats);
    double multiplications = (double)Outputs * Inputs * Matrices;
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: 1 row {bytes / one / 1e9:f1} GB/s ({bytes / one / 1e9 / read:p0} of reading), 8 rows {8 * multiplications / eight / 1e9:f0} and 64 rows {64 * multiplications / many / 1e9:f0} G multiplications/s"));
}

static unsafe double ReadBandwidth(WorkerPool pool)
{
    const long Bytes = 512L << 20;
    const int Piece = 1 << 20;
    byte* data = (byte*)NativeMemory.AlignedAlloc((nuint)Bytes, 64);
    new Span<byte>(data, (int)Bytes).Fill(1);
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
    var times = new double[7];
    for (int i = -2; i < times.Length; i++)
    {
        long began = Stopwatch.GetTimestamp();
        pool.Run(work, (int)(Bytes / Piece), 4);
        if (i >= 0)
        {
            times[i] = Stopwatch.GetElapsedTime(began).TotalSeconds;
        }
    }

    NativeMemory.AlignedFree(data);
    Array.Sort(times);
    return Bytes / times[times.Length / 2] / 1e9;
}
