using System.Runtime.Intrinsics;
using Panorama.Core.Numerics;
using Panorama.Modeling.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Panorama.Modeling.Adapters;

/// <summary>
/// Dropout (Srivastava et al. 2014) whose mask is a function of seed, stream and position, so that it can be made again
/// in the backward pass and after a restart, and does not depend on threads. The rate is a multiple of 1/65,536.
/// </summary>
/// <param name="Threshold">Random 16-bit values below it drop their element.</param>
/// <param name="Seed">Seed of the run.</param>
/// <param name="Stream">Step, pass and place in the model, mixed into one number.</param>
internal sealed record Dropout(int Threshold, ulong Seed, ulong Stream)
{
    private const int Values = 1 << 16;
    private const int Piece = 1 << 14;
    private const int Chunk = 512;

    private float Scale => (float)((double)Values / (Values - Threshold));

    /// <summary>The threshold of a rate.</summary>
    /// <param name="rate">Share of elements dropped, in [0, 1).</param>
    public static int ThresholdOf(double rate) => Math.Min(Values - 1, (int)Math.Round(rate * Values));

    /// <summary>Sets elements to zero and scales the others up, out of place.</summary>
    /// <param name="x">Any contiguous tensor.</param>
    public Tensor Apply(Tensor x)
    {
        if (x.dtype == ScalarType.Float32 && x.device_type == DeviceType.CPU)
        {
            Tensor result = empty_like(x);
            Run(x, result);
            return result;
        }

        using Tensor one = ones(x.numel(), ScalarType.Float32);
        using Tensor mask = empty_like(one);
        Run(one, mask);
        using Tensor placed = mask.to(x.dtype).to(x.device).view(x.shape);
        return x * placed;
    }

    /// <summary>The kernel over a range, vectorized.</summary>
    /// <param name="source">Elements.</param>
    /// <param name="target">Results; may be the source.</param>
    /// <param name="first">Position of the first element; a multiple of 8.</param>
    public void Apply(ReadOnlySpan<float> source, Span<float> target, long first)
    {
        Span<ushort> random = stackalloc ushort[Chunk];
        int width = Vector512<float>.Count;
        Vector512<float> scale = Vector512.Create(Scale);
        Vector512<uint> threshold = Vector512.Create((uint)Threshold);
        for (int start = 0; start < source.Length; start += Chunk)
        {
            int count = Math.Min(Chunk, source.Length - start);
            CounterRandomFill.UInt16(Seed, Stream, (ulong)(first + start) / CounterRandomFill.PerBlock, random[..count]);
            int i = 0;
            for (; i <= count - width; i += width)
            {
                (Vector256<uint> lower, Vector256<uint> upper) = Vector256.Widen(Vector256.Create<ushort>(random.Slice(i, width)));
                Vector512<uint> kept = Vector512.GreaterThanOrEqual(Vector512.Create(lower, upper), threshold);
                Vector512<float> value = Vector512.Create(source.Slice(start + i, width)) * scale;
                Vector512.ConditionalSelect(kept.AsSingle(), value, Vector512<float>.Zero).CopyTo(target[(start + i)..]);
            }

            for (; i < count; i++)
            {
                target[start + i] = random[i] >= Threshold ? source[start + i] * Scale : 0;
            }
        }
    }

    /// <summary>The scalar twin of <see cref="Apply(ReadOnlySpan{float}, Span{float}, long)"/>.</summary>
    /// <param name="source">Elements.</param>
    /// <param name="target">Results; may be the source.</param>
    /// <param name="first">Position of the first element; a multiple of 8.</param>
    public void ApplyScalar(ReadOnlySpan<float> source, Span<float> target, long first)
    {
        Span<ushort> random = new ushort[source.Length];
        CounterRandomFill.UInt16Scalar(Seed, Stream, (ulong)first / CounterRandomFill.PerBlock, random);
        for (int i = 0; i < source.Length; i++)
        {
            target[i] = random[i] >= Threshold ? source[i] * Scale : 0;
        }
    }

    private unsafe void Run(Tensor x, Tensor result)
    {
        var source = (float*)TensorMemory.Address(x);
        var target = (float*)TensorMemory.Address(result);
        long count = x.numel();
        TorchThreads.For(checked((int)((count + Piece - 1) / Piece)), piece =>
        {
            long start = (long)piece * Piece;
            int length = (int)Math.Min(Piece, count - start);
            Apply(new ReadOnlySpan<float>(source + start, length), new Span<float>(target + start, length), start);
        });
    }
}
