using System.Runtime.Intrinsics;

namespace Panorama.Inference.Kernels;

/// <summary>
/// Activations as int8 per 32 values: x ≈ scale · code, |code| ≤ 127. The sums of the codes correct for weights whose
/// codes are stored with an offset. Rows lie one behind the other.
/// </summary>
internal sealed unsafe class QuantizedRows : IDisposable
{
    /// <summary>Values that share a scale.</summary>
    public const int Block = 32;

    private readonly NativeBuffer _codes;
    private readonly NativeBuffer _scales;
    private readonly NativeBuffer _sums;
    private readonly NativeBuffer _firstSums;

    /// <summary>Takes memory.</summary>
    /// <param name="rows">Most rows.</param>
    /// <param name="columns">Longest row, a multiple of 32.</param>
    public QuantizedRows(int rows, int columns)
    {
        long blocks = (long)rows * (columns / Block);
        _codes = new NativeBuffer(blocks * Block);
        _scales = new NativeBuffer(blocks * sizeof(float));
        _sums = new NativeBuffer(blocks * sizeof(int));
        _firstSums = new NativeBuffer(blocks * sizeof(int));
    }

    /// <summary>Codes of row r start at r · columns.</summary>
    public sbyte* Codes => (sbyte*)_codes.Pointer;

    /// <summary>Scales of row r start at r · columns / 32.</summary>
    public float* Scales => (float*)_scales.Pointer;

    /// <summary>Sums of the 32 codes of a block.</summary>
    public int* Sums => (int*)_sums.Pointer;

    /// <summary>Sums of the first 16 codes of a block.</summary>
    public int* FirstSums => (int*)_firstSums.Pointer;

    /// <summary>Quantizes one row; rows may be quantized by several threads.</summary>
    /// <param name="row">Index of the row.</param>
    /// <param name="values">[columns].</param>
    /// <param name="columns">A multiple of 32: the same for all rows in use.</param>
    public void Quantize(int row, float* values, int columns)
    {
        int blocks = columns / Block;
        long first = (long)row * blocks;
        for (int b = 0; b < blocks; b++)
        {
            long at = first + b;
            QuantizeBlock(values + (b * Block), Codes + (at * Block), out Scales[at], out FirstSums[at], out Sums[at]);
        }
    }

    /// <summary>Quantizes 32 values by the plainest code: the twin that the vectors are tested against.</summary>
    public static void QuantizeBlockScalar(ReadOnlySpan<float> values, Span<sbyte> codes, out float scale, out int firstSum, out int sum)
    {
        float largest = 0;
        foreach (float value in values)
        {
            largest = MathF.Max(largest, MathF.Abs(value));
        }

        scale = largest / 127;
        float inverse = largest == 0 ? 0 : 127 / largest;
        (firstSum, sum) = (0, 0);
        for (int i = 0; i < Block; i++)
        {
            codes[i] = (sbyte)MathF.Round(values[i] * inverse);
            sum += codes[i];
            firstSum += i < Block / 2 ? codes[i] : 0;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _codes.Dispose();
        _scales.Dispose();
        _sums.Dispose();
        _firstSums.Dispose();
    }

    private static void QuantizeBlock(float* values, sbyte* codes, out float scale, out int firstSum, out int sum)
    {
        Vector512<float> a = Vector512.Load(values);
        Vector512<float> b = Vector512.Load(values + 16);
        Vector512<float> both = Vector512.Max(Vector512.Abs(a), Vector512.Abs(b));
        Vector256<float> half = Vector256.Max(both.GetLower(), both.GetUpper());
        Vector128<float> quarter = Vector128.Max(half.GetLower(), half.GetUpper());
        quarter = Vector128.Max(quarter, Vector128.Shuffle(quarter, Vector128.Create(2, 3, 0, 1)));
        float largest = MathF.Max(quarter[0], quarter[1]);

        scale = largest / 127;
        Vector512<float> inverse = Vector512.Create(largest == 0 ? 0 : 127 / largest);
        Vector512<int> first = Vector512.ConvertToInt32(Vector512.Round(a * inverse));
        Vector512<int> second = Vector512.ConvertToInt32(Vector512.Round(b * inverse));
        firstSum = Vector512.Sum(first);
        sum = firstSum + Vector512.Sum(second);
        Vector512<short> words = Vector512.Narrow(first, second);
        Vector256.Narrow(words.GetLower(), words.GetUpper()).Store(codes);
    }
}
