using System.Runtime.CompilerServices;

namespace Panorama.Quantization.Formats;

/// <summary>
/// The scales of Q6_K: value = d·s·q with a half d for 256 values, a signed 8-bit s for each 16 and q in [−32, 31].
/// Found as in <see cref="AffineSuperBlock"/>: parts alone, then neighbours of s and the least-squares d in turns.
/// </summary>
internal ref struct SymmetricSuperBlock
{
    /// <summary>Parts of a super-block.</summary>
    public const int Parts = 16;

    private const int PartLength = 16, Low = -32, High = 31, Rounds = 4;

    private readonly ReadOnlySpan<float> _values;
    private PartScales _scales;

    private SymmetricSuperBlock(ReadOnlySpan<float> values) => _values = values;

    private float Scale { get; set; }

    private float Error { get; set; }

    /// <summary>Chooses the scales of a super-block.</summary>
    /// <param name="values">256 values.</param>
    public static SymmetricSuperBlock Fit(ReadOnlySpan<float> values)
    {
        Span<float> scales = stackalloc float[Parts];
        var plain = new SymmetricSuperBlock(values);
        for (int j = 0; j < Parts; j++)
        {
            scales[j] = SymmetricFit.Largest(plain.Part(j)) / Low;
        }

        plain.Start(scales);
        var fitted = new SymmetricSuperBlock(values);
        for (int j = 0; j < Parts; j++)
        {
            scales[j] = SymmetricFit.Scale(fitted.Part(j), Low, High);
        }

        fitted.Start(scales);
        fitted.Improve();
        return fitted.Error < plain.Error ? fitted : plain;
    }

    /// <summary>The codes of a part, −32 to 31.</summary>
    /// <param name="part">0 to 15.</param>
    /// <param name="codes">Receives 16 codes.</param>
    public readonly void Codes(int part, Span<int> codes) => SymmetricFit.Codes(Part(part), Scale * _scales[part], Low, High, codes);

    /// <summary>Writes the parts' scales and d: the last 18 bytes of a block.</summary>
    /// <param name="bytes">18 bytes.</param>
    public readonly void WriteScales(Span<byte> bytes)
    {
        for (int j = 0; j < Parts; j++)
        {
            bytes[j] = (byte)_scales[j];
        }

        HalfBytes.Write(bytes[Parts..], Scale);
    }

    private readonly ReadOnlySpan<float> Part(int j) => _values.Slice(j * PartLength, PartLength);

    private readonly float PartError(int j, int scale) => SymmetricFit.Error(Part(j), Scale * scale, Low, High);

    // The scale of the largest magnitude becomes −128, so that the whole range of a byte is used.
    private void Start(scoped ReadOnlySpan<float> scales)
    {
        float largest = 0;
        foreach (float scale in scales)
        {
            largest = Math.Abs(scale) > Math.Abs(largest) ? scale : largest;
        }

        Scale = HalfBytes.Round(largest / sbyte.MinValue);
        float inverse = BlockSums.Inverse(Scale);
        for (int j = 0; j < Parts; j++)
        {
            _scales[j] = (sbyte)Math.Clamp(MathF.Round(scales[j] * inverse), sbyte.MinValue, sbyte.MaxValue);
        }

        Error = TotalError();
    }

    private void Improve()
    {
        for (int round = 0; round < Rounds; round++)
        {
            SymmetricSuperBlock next = this;
            next.MoveParts();
            next.Scale = next.Solve();
            next.Error = next.TotalError();
            if (!(next.Error < Error))
            {
                break;
            }

            this = next;
        }
    }

    private readonly float TotalError()
    {
        float sum = 0;
        for (int j = 0; j < Parts; j++)
        {
            sum += PartError(j, _scales[j]);
        }

        return sum;
    }

    private void MoveParts()
    {
        for (int j = 0; j < Parts; j++)
        {
            int at = _scales[j];
            float best = PartError(j, at);
            for (int s = Math.Max(at - 1, sbyte.MinValue); s <= Math.Min(at + 1, sbyte.MaxValue); s++)
            {
                float error = PartError(j, s);
                if (error < best)
                {
                    (best, _scales[j]) = (error, (sbyte)s);
                }
            }
        }
    }

    private readonly float Solve()
    {
        double aa = 0, xa = 0;
        Span<int> codes = stackalloc int[PartLength];
        for (int j = 0; j < Parts; j++)
        {
            Codes(j, codes);
            ReadOnlySpan<float> part = Part(j);
            for (int i = 0; i < PartLength; i++)
            {
                double a = _scales[j] * codes[i];
                aa += a * a;
                xa += a * part[i];
            }
        }

        return aa > 0 ? HalfBytes.Round((float)(xa / aa)) : Scale;
    }

    [InlineArray(Parts)]
    private struct PartScales
    {
        private sbyte _first;
    }
}
