using System.Runtime.InteropServices;
using Panorama.Inference.Families;
using Panorama.Quantization.Formats;

namespace Panorama.Inference.Tests.Kernels;

/// <summary>A random weight in a stored format, and what its numbers are.</summary>
internal sealed unsafe class StoredWeight : IDisposable
{
    private readonly byte* _bytes;

    public StoredWeight(TensorFormat format, int rows, int columns, int seed, float scale = 0.05f)
    {
        var random = new Random(seed);
        var values = new float[rows * columns];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = scale * (float)((random.NextDouble() * 2) - 1) * (1 + (i / columns % 3));
        }

        int bytes = rows * (int)format.RowBytes(columns);
        _bytes = (byte*)NativeMemory.Alloc((nuint)bytes);
        var blocks = new Span<byte>(_bytes, bytes);
        BlockCodec.Quantize(format, values, blocks);
        Values = new float[values.Length];
        BlockCodec.Dequantize(format, blocks, Values);
        View = new WeightView("w", format, rows, columns, _bytes);
    }

    public WeightView View { get; }

    public float[] Values { get; }

    public void Dispose() => NativeMemory.Free(_bytes);
}
