using System.Runtime.CompilerServices;

namespace Panorama.Quantization.Formats;

/// <summary>
/// The scales of Q4_K and Q5_K: value = d·s·q − e·t, with halves d and e for 256 values, 6-bit s and t for each 32.
/// Every part is fitted alone (<see cref="AffineFit"/>); the largest scale and minimum set d and e. Then, in turns, each
/// part takes the best of its s and t and their neighbours, and d and e are solved anew by least squares with all codes
/// fixed, as long as the error falls. Plain rounding of the ranges competes too.
/// </summary>
internal ref struct AffineSuperBlock
{
    /// <summary>Values of a super-block, and of a part.</summary>
    public const int Length = 256, PartLength = 32;

    private const int Parts = SuperBlockScales.Parts, MostScale = 63, Rounds = 4;

    private readonly ReadOnlySpan<float> _values;
    private readonly int _top;
    private PartCodes _scales, _minimums;

    private AffineSuperBlock(ReadOnlySpan<float> values, int top)
    {
        _values = values;
        _top = top;
    }

    /// <summary>d, a half.</summary>
    public float Scale { get; private set; }

    /// <summary>e, a half.</summary>
    public float Minimum { get; private set; }

    private float Error { get; set; }

    /// <summary>Chooses the scales of a super-block.</summary>
    /// <param name="values">256 values.</param>
    /// <param name="top">The greatest code: 15 or 31.</param>
    public static AffineSuperBlock Fit(ReadOnlySpan<float> values, int top)
    {
        Span<float> scales = stackalloc float[Parts], minimums = stackalloc float[Parts];
        var plain = new AffineSuperBlock(values, top);
        for (int j = 0; j < Parts; j++)
        {
            (float least, float greatest) = AffineFit.Range(plain.Part(j));
            least = Math.Min(least, 0);
            (scales[j], minimums[j]) = (Math.Max((greatest / top) - (least / top), 0), -least);
        }

        plain.Start(scales, minimums);
        var fitted = new AffineSuperBlock(values, top);
        for (int j = 0; j < Parts; j++)
        {
            (float scale, float minimum) = AffineFit.Line(fitted.Part(j), top, noPositiveMinimum: true);
            (scales[j], minimums[j]) = (Math.Max(scale, 0), -minimum);
        }

        fitted.Start(scales, minimums);
        fitted.Improve();
        return fitted.Error < plain.Error ? fitted : plain;
    }

    /// <summary>The codes of a part.</summary>
    /// <param name="part">0 to 7.</param>
    /// <param name="codes">Receives 32 codes.</param>
    public readonly void Codes(int part, Span<int> codes) =>
        AffineFit.Codes(Part(part), Scale * _scales[part], -(Minimum * _minimums[part]), _top, codes);

    /// <summary>Writes d, e and the packed scales: the first 16 bytes of a block.</summary>
    /// <param name="block">At least 16 bytes.</param>
    public readonly void WriteScales(Span<byte> block)
    {
        HalfBytes.Write(block, Scale);
        HalfBytes.Write(block[2..], Minimum);
        SuperBlockScales.Pack(_scales, _minimums, block[4..]);
    }

    private readonly ReadOnlySpan<float> Part(int j) => _values.Slice(j * PartLength, PartLength);

    private readonly float PartError(int j, int scale, int minimum) => AffineFit.Error(Part(j), Scale * scale, -(Minimum * minimum), _top);

    private void Start(scoped ReadOnlySpan<float> scales, scoped ReadOnlySpan<float> minimums)
    {
        (float mostScale, float mostMinimum) = (0, 0);
        for (int j = 0; j < Parts; j++)
        {
            mostScale = Math.Max(mostScale, scales[j]);
            mostMinimum = Math.Max(mostMinimum, minimums[j]);
        }

        (Scale, Minimum) = (HalfBytes.Round(mostScale / MostScale), HalfBytes.Round(mostMinimum / MostScale));
        (float perScale, float perMinimum) = (BlockSums.Inverse(Scale), BlockSums.Inverse(Minimum));
        for (int j = 0; j < Parts; j++)
        {
            _scales[j] = (byte)Math.Clamp(MathF.Round(scales[j] * perScale), 0, MostScale);
            _minimums[j] = (byte)Math.Clamp(MathF.Round(minimums[j] * perMinimum), 0, MostScale);
        }

        Error = TotalError();
    }

    private void Improve()
    {
        for (int round = 0; round < Rounds; round++)
        {
            AffineSuperBlock next = this;
            next.MoveParts();
            (next.Scale, next.Minimum) = next.Solve();
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
            sum += PartError(j, _scales[j], _minimums[j]);
        }

        return sum;
    }

    private void MoveParts()
    {
        for (int j = 0; j < Parts; j++)
        {
            (int atScale, int atMinimum) = (_scales[j], _minimums[j]);
            float best = PartError(j, atScale, atMinimum);
            for (int s = Math.Max(atScale - 1, 0); s <= Math.Min(atScale + 1, MostScale); s++)
            {
                for (int t = Math.Max(atMinimum - 1, 0); t <= Math.Min(atMinimum + 1, MostScale); t++)
                {
                    float error = PartError(j, s, t);
                    if (error < best)
                    {
                        (best, _scales[j], _minimums[j]) = (error, (byte)s, (byte)t);
                    }
                }
            }
        }
    }

    // With a = s·q and b = t of each value: the normal equations of x ≈ d·a − e·b.
    private readonly (float Scale, float Minimum) Solve()
    {
        double aa = 0, ab = 0, bb = 0, xa = 0, xb = 0;
        Span<int> codes = stackalloc int[PartLength];
        for (int j = 0; j < Parts; j++)
        {
            Codes(j, codes);
            ReadOnlySpan<float> part = Part(j);
            double q = 0, qq = 0, xq = 0, x = 0;
            for (int i = 0; i < PartLength; i++)
            {
                q += codes[i];
                qq += codes[i] * codes[i];
                xq += (double)part[i] * codes[i];
                x += part[i];
            }

            double s = _scales[j], t = _minimums[j];
            aa += s * s * qq;
            ab += s * t * q;
            bb += t * t * PartLength;
            xa += s * xq;
            xb += t * x;
        }

        double determinant = (aa * bb) - (ab * ab);
        if (determinant > 1e-9 * aa * bb)
        {
            double d = ((xa * bb) - (xb * ab)) / determinant;
            double e = ((xa * ab) - (xb * aa)) / determinant;
            if (d > 0 && e >= 0)
            {
                return (HalfBytes.Round((float)d), HalfBytes.Round((float)e));
            }
        }

        return (aa > 0 && bb == 0 && xa > 0 ? HalfBytes.Round((float)(xa / aa)) : Scale, Minimum);
    }

    [InlineArray(Parts)]
    private struct PartCodes
    {
        private byte _first;
    }
}
