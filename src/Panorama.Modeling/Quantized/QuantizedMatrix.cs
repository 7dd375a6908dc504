using System.Runtime.InteropServices;
using Panorama.Modeling.Native;

namespace Panorama.Modeling.Quantized;

/// <summary>
/// A frozen matrix in 8 or 4 bits: blocks of <see cref="Block"/> elements, each scaled by its largest magnitude. In 4 bits (NF4) the
/// scales are quantized as well, to 8 bits in blocks of <see cref="ScaleBlock"/> around their mean: 4.13 bits an element in all
/// (double quantization, Dettmers et al. 2023, arXiv:2305.14314, section 3). In 8 bits the scales stay float32: 8.5 bits.
/// </summary>
internal sealed class QuantizedMatrix
{
    /// <summary>Elements of a block.</summary>
    public const int Block = 64;

    /// <summary>Scales of a block of scales.</summary>
    public const int ScaleBlock = 256;

    private const int Piece = 1 << 10; // blocks a thread takes at once
    private readonly long _count;
    private readonly int _bits;
    private readonly byte[] _codes;
    private readonly float[] _scales;        // of each block, or of each block of scales
    private readonly sbyte[] _scaleCodes;    // empty in 8 bits
    private readonly float _scaleMean;

    /// <summary>Quantizes.</summary>
    /// <param name="values">The matrix, row by row.</param>
    /// <param name="bits">8 or 4.</param>
    public QuantizedMatrix(ReadOnlySpan<float> values, int bits)
    {
        if (bits is not (4 or 8))
        {
            throw new ArgumentOutOfRangeException(nameof(bits), bits, "4 or 8 bits");
        }

        (_count, _bits) = (values.Length, bits);
        int blocks = (values.Length + Block - 1) / Block;
        float[] largest = new float[blocks];
        for (int i = 0; i < blocks; i++)
        {
            largest[i] = Largest(values[(i * Block)..Math.Min(values.Length, (i + 1) * Block)]);
        }

        if (bits == 8)
        {
            (_scales, _scaleCodes) = ([.. largest.Select(l => l / 127)], []);
        }
        else
        {
            (_scaleMean, _scales, _scaleCodes) = QuantizeScales(largest);
        }

        _codes = new byte[(long)blocks * Block * bits / 8];
        for (int i = 0; i < blocks; i++)
        {
            float scale = ScaleOf(i);
            Pack(values[(i * Block)..Math.Min(values.Length, (i + 1) * Block)], scale > 0 ? 1 / scale : 0, i);
        }
    }

    /// <summary>Bytes held.</summary>
    public long Bytes => _codes.Length + (sizeof(float) * (long)_scales.Length) + _scaleCodes.Length;

    /// <summary>Writes the values back, on libtorch's threads.</summary>
    /// <param name="target">Room for as many float32 as were quantized.</param>
    public unsafe void Dequantize(float* target)
    {
        int blocks = (int)((_count + Block - 1) / Block);
        TorchThreads.For((blocks + Piece - 1) / Piece, piece =>
        {
            int end = Math.Min(blocks, (piece + 1) * Piece);
            for (int block = piece * Piece; block < end; block++)
            {
                long first = (long)block * Block;
                var part = new Span<float>(target + first, (int)Math.Min(Block, _count - first));
                Unpack(block, part);
            }
        });
    }

    private void Pack(ReadOnlySpan<float> values, float inverse, int block)
    {
        Span<byte> codes = Codes(block);
        if (_bits == 8)
        {
            Int8.Pack(values, inverse, MemoryMarshal.Cast<byte, sbyte>(codes));
            return;
        }

        for (int group = 0; group * Nf4.Group < values.Length; group++)
        {
            Nf4.Pack(values[(group * Nf4.Group)..Math.Min(values.Length, (group + 1) * Nf4.Group)], inverse, codes.Slice(group * 16, 16));
        }
    }

    private void Unpack(int block, Span<float> target)
    {
        if (_bits == 8)
        {
            Int8.Unpack(MemoryMarshal.Cast<byte, sbyte>(Codes(block))[..target.Length], ScaleOf(block), target);
        }
        else
        {
            Nf4.Unpack(Codes(block), ScaleOf(block), target);
        }
    }

    private Span<byte> Codes(int block)
    {
        int size = Block * _bits / 8;
        return _codes.AsSpan(block * size, size);
    }

    private float ScaleOf(int block) => _bits == 8
        ? _scales[block]
        : Math.Max(0, _scaleMean + (_scaleCodes[block] * _scales[block / ScaleBlock]));

    private static float Largest(ReadOnlySpan<float> values)
    {
        float largest = 0;
        foreach (float value in values)
        {
            largest = Math.Max(largest, Math.Abs(value));
        }

        return largest;
    }

    private static (float Mean, float[] Scales, sbyte[] Codes) QuantizeScales(float[] largest)
    {
        float mean = largest.Length > 0 ? largest.Average() : 0;
        float[] centred = [.. largest.Select(l => l - mean)];
        float[] scales = new float[(centred.Length + ScaleBlock - 1) / ScaleBlock];
        sbyte[] codes = new sbyte[centred.Length];
        for (int i = 0; i < scales.Length; i++)
        {
            Range range = (i * ScaleBlock)..Math.Min(centred.Length, (i + 1) * ScaleBlock);
            scales[i] = Largest(centred.AsSpan(range)) / 127;
            Int8.Pack(centred.AsSpan(range), scales[i] > 0 ? 1 / scales[i] : 0, codes.AsSpan(range));
        }

        return (mean, scales, codes);
    }
}
