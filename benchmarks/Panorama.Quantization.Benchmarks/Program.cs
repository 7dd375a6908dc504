using System.Diagnostics;
using System.Globalization;
using Panorama.Quantization.Benchmarks;
using Panorama.Quantization.Formats;
using Panorama.Quantization.Gguf;

// dotnet run -c Release --project benchmarks/Panorama.Quantization.Benchmarks -- random 1.1b|134m FORMAT OUT.gguf [seed]
// dotnet run -c Release --project benchmarks/Panorama.Quantization.Benchmarks -- codec [rounds]
// dotnet run -c Release --project benchmarks/Panorama.Quantization.Benchmarks -- error ORIGINAL.gguf OTHER.gguf
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
switch (args)
{
    case ["random", string name, string format, string path, ..]
        when RandomModelShape.TryFind(name, out RandomModelShape? shape) && Enum.TryParse(format, ignoreCase: true, out TensorFormat parsed) && Enum.IsDefined(parsed):
        var clock = Stopwatch.StartNew();
        RandomModel.Write(path, shape, parsed, args.Length > 4 ? ulong.Parse(args[4], CultureInfo.InvariantCulture) : 1);
        Console.WriteLine($"{path}: {new FileInfo(path).Length / 1e6:F0} MB in {clock.Elapsed.TotalSeconds:F1} s");
        return 0;
    case ["codec", ..]:
        MeasureCodec(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 5);
        return 0;
    case ["error", string original, string other]:
        MeasureError(original, other);
        return 0;
    default:
        Console.Error.WriteLine("usage: random 1.1b|134m FORMAT OUT.gguf [seed] | codec [rounds] | error ORIGINAL.gguf OTHER.gguf");
        return 2;
}

static void MeasureCodec(int rounds)
{
    var random = new Random(1);
    float[] values = [.. Enumerable.Range(0, 1 << 20).Select(_ => (float)(random.NextDouble() - random.NextDouble()))];
    float[] back = new float[values.Length];
    Console.WriteLine("one thread, median, million values/s:  quantize  dequantize");
    foreach (TensorFormat format in Enum.GetValues<TensorFormat>())
    {
        byte[] blocks = new byte[format.RowBytes(values.Length)];
        double write = Median(rounds, () => BlockCodec.Quantize(format, values, blocks));
        double read = Median(rounds, () => BlockCodec.Dequantize(format, blocks, back));
        Console.WriteLine($"{format,-5} {values.Length / write / 1e6,42:F1} {values.Length / read / 1e6,11:F0}");
    }
}

// The relative RMS error of a file by any quantizer against the file that it was made from.
static void MeasureError(string original, string other)
{
    using var before = GgufFile.Open(original);
    using var after = GgufFile.Open(other);
    var sums = new SortedDictionary<TensorFormat, (double Error, double Norm)>();
    float[] x = new float[256], y = new float[256];
    foreach (GgufTensor tensor in before.Tensors)
    {
        GgufTensor quantized = after.Get(tensor.Name);
        (double error, double norm) = sums.GetValueOrDefault(quantized.Format);
        for (long at = 0; at < tensor.ElementCount; at += x.Length)
        {
            int count = (int)Math.Min(x.Length, tensor.ElementCount - at);
            Read(before, tensor, at, x.AsSpan(0, count));
            Read(after, quantized, at, y.AsSpan(0, count));
            for (int i = 0; i < count; i++)
            {
                error += ((double)x[i] - y[i]) * ((double)x[i] - y[i]);
                norm += (double)x[i] * x[i];
            }
        }

        sums[quantized.Format] = (error, norm);
    }

    foreach ((TensorFormat format, (double error, double norm)) in sums)
    {
        Console.WriteLine($"{format}: {Math.Sqrt(error / norm):F6}");
    }
}

static void Read(GgufFile file, GgufTensor tensor, long at, Span<float> values) =>
    BlockCodec.Dequantize(tensor.Format, file.Bytes(tensor, tensor.Format.RowBytes(at), (int)tensor.Format.RowBytes(values.Length)), values);

static double Median(int rounds, Action action)
{
    action();
    double[] seconds = new double[rounds];
    for (int i = 0; i < rounds; i++)
    {
        var clock = Stopwatch.StartNew();
        action();
        seconds[i] = clock.Elapsed.TotalSeconds;
    }

    Array.Sort(seconds);
    return seconds[rounds / 2];
}
