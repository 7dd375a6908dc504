using Panorama.Inference.Kernels;

namespace Panorama.Inference.Tests.Kernels;

/// <summary>Random rows of activations in both forms.</summary>
internal sealed unsafe class Rows : IDisposable
{
    private readonly NativeBuffer _singles;
    private readonly QuantizedRows _quantized;
    private readonly int _columns;

    public Rows(int count, int columns, int seed)
        : this(count, columns)
    {
        var random = new Random(seed);
        for (int i = 0; i < count * columns; i++)
        {
            Singles[i] = (float)((random.NextDouble() * 2) - 1) * (1 + (i % 7));
        }

        Quantize();
    }

    private Rows(int count, int columns)
    {
        (Count, _columns) = (count, columns);
        _singles = new NativeBuffer((long)count * columns * sizeof(float));
        _quantized = new QuantizedRows(count, columns);
    }

    public int Count { get; }

    public ProductRows ForProducts => new() { Quantized = _quantized, Singles = Singles, Stride = _columns };

    private float* Singles => (float*)_singles.Pointer;

    public double Value(int row, int column) => Singles[(row * _columns) + column];

    public double Quantized(int row, int column)
    {
        int at = (row * _columns) + column;
        return (double)_quantized.Codes[at] * _quantized.Scales[at / QuantizedRows.Block];
    }

    public Rows One(int row)
    {
        var one = new Rows(1, _columns);
        new ReadOnlySpan<float>(Singles + (row * _columns), _columns).CopyTo(new Span<float>(one.Singles, _columns));
        one.Quantize();
        return one;
    }

    public void Dispose()
    {
        _singles.Dispose();
        _quantized.Dispose();
    }

    private void Quantize()
    {
        for (int row = 0; row < Count; row++)
        {
            _quantized.Quantize(row, Singles + (row * _columns), _columns);
        }
    }
}
