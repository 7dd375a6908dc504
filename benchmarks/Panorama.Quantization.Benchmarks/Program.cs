using System.Diagnostics;
using System.Globalization;
using Panorama.Quantization.Benchmarks;
using Panorama.Quantization.Formats;

// dotnet run -c Release --project benchmarks/Panorama.Quantization.Benchmarks -- random 1.1b|134m FORMAT OUT.gguf [seed]
// dotnet run -c Release --project benchmarks/Panorama.Quantization.Benchmarks -- codec [rounds]
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
    default:
        Console.Error.WriteLine("usage: random 1.1b|134m FORMAT OUT.gguf [seed] | codec [rounds]");
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
