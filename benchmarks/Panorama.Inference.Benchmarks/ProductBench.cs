using System.Diagnostics;
using System.Runtime.InteropServices;
using Panorama.Inference.Families;
using Panorama.Inference.Kernels;
using Panorama.Inference.Threading;
using Panorama.Quantization.Formats;

namespace Panorama.Inference.Benchmarks;

/// <summary>Products with several copies of a matrix, together larger than the caches.</summary>
internal sealed unsafe class ProductBench : IDisposable
{
    private readonly PackedMatrix[] _matrices;
    private readonly QuantizedRows _quantized;
    private readonly NativeBuffer _singles;
    private readonly NativeBuffer _y;
    private readonly WorkerPool _pool;
    private readonly int _outputs;
    private readonly int _inputs;
    private readonly Action<int, int> _work;
    private PackedMatrix _current;
    private int _rows;

    public ProductBench(TensorFormat format, int outputs, int inputs, int count, WorkerPool pool)
    {
        (_pool, _outputs, _inputs) = (pool, outputs, inputs);
        var random = new Random(1);
        var values = new float[64 * inputs];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)((random.NextDouble() * 0.1) - 0.05);
        }

        long rowBytes = format.RowBytes(inputs);
        byte* stored = (byte*)NativeMemory.Alloc((nuint)(rowBytes * outputs));
        for (int r = 0; r < 64; r++)
        {
            BlockCodec.Quantize(format, values.AsSpan(r * inputs, inputs), new Span<byte>(stored + (r * rowBytes), (int)rowBytes));
        }

        for (int r = 64; r < outputs; r++)
        {
            new Span<byte>(stored + (r % 64 * rowBytes), (int)rowBytes).CopyTo(new Span<byte>(stored + (r * rowBytes), (int)rowBytes));
        }

        _matrices = [.. Enumerable.Range(0, count).Select(_ => MatrixPacker.Pack(new WeightView("w", format, outputs, inputs, stored), pool))];
        NativeMemory.Free(stored);
        _current = _matrices[0];
        _quantized = new QuantizedRows(64, inputs);
        _singles = new NativeBuffer(64L * inputs * 4);
        _y = new NativeBuffer(64L * (outputs + 16) * 4);
        for (int t = 0; t < 64; t++)
        {
            float* row = (float*)_singles.Pointer + (t * inputs);
            for (int i = 0; i < inputs; i++)
            {
                row[i] = (float)((random.NextDouble() * 2) - 1);
            }

            _quantized.Quantize(t, row, inputs);
        }

        _work = (from, to) => _current.Multiply(from, to, new ProductRows { Quantized = _quantized, Singles = (float*)_singles.Pointer, Stride = _inputs }, _rows, (float*)_y.Pointer, _outputs + 16);
    }

    public (double Seconds, long Bytes) Median(int rows, int repeats)
    {
        _rows = rows;
        var times = new double[repeats];
        for (int i = -1; i < repeats; i++)
        {
            long began = Stopwatch.GetTimestamp();
            foreach (PackedMatrix matrix in _matrices)
            {
                _current = matrix;
                _pool.Run(_work, matrix.Tiles, 4);
            }

            if (i >= 0)
            {
                times[i] = Stopwatch.GetElapsedTime(began).TotalSeconds;
            }
        }

        Array.Sort(times);
        return (times[repeats / 2], _matrices.Sum(m => m.Bytes));
    }

    public void Dispose()
    {
        foreach (PackedMatrix matrix in _matrices)
        {
            matrix.Dispose();
        }

        _quantized.Dispose();
        _singles.Dispose();
        _y.Dispose();
    }
}
