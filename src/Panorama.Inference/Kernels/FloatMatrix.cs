using System.Runtime.CompilerServices;
using Panorama.Inference.Families;
using Panorama.Inference.Threading;

namespace Panorama.Inference.Kernels;

/// <summary>How floating-point weights are stored in a tile.</summary>
/// <typeparam name="TLanes">The register.</typeparam>
internal unsafe interface IFloats<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    /// <summary>Bytes of a number.</summary>
    static abstract int Size { get; }

    /// <summary>What the numbers loaded are to be multiplied by.</summary>
    static abstract float Factor { get; }

    /// <summary>Loads one number of each output.</summary>
    static abstract TLanes Load(byte* from);
}

/// <summary>Single precision.</summary>
/// <typeparam name="TLanes">The register.</typeparam>
internal readonly unsafe struct Singles<TLanes> : IFloats<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    public static int Size => 4;

    public static float Factor => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Load(byte* from) => TLanes.LoadSingles(from);
}

/// <summary>Half precision.</summary>
/// <typeparam name="TLanes">The register.</typeparam>
internal readonly unsafe struct Halves<TLanes> : IFloats<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    public static int Size => 2;

    public static float Factor => HalfBits.Factor;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Load(byte* from) => TLanes.LoadHalves(from);
}

/// <summary>bfloat16.</summary>
/// <typeparam name="TLanes">The register.</typeparam>
internal readonly unsafe struct BFloat16s<TLanes> : IFloats<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    public static int Size => 2;

    public static float Factor => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Load(byte* from) => TLanes.LoadBFloat16(from);
}

/// <summary>A matrix of floating-point numbers, multiplied with singles; inputs are added up in ascending order.</summary>
/// <typeparam name="TLanes">The register.</typeparam>
/// <typeparam name="TFloats">How numbers are stored.</typeparam>
internal sealed unsafe class FloatMatrix<TLanes, TFloats> : PackedMatrix
    where TLanes : struct, ILanes<TLanes>
    where TFloats : struct, IFloats<TLanes>
{
    private const int Ahead = 1024;

    private readonly WeightView _weight;

    /// <summary>Repacks a weight.</summary>
    /// <param name="weight">The weight as stored; not used afterwards.</param>
    /// <param name="pool">Threads to do it.</param>
    public FloatMatrix(WeightView weight, WorkerPool pool)
        : base(weight.Rows, weight.Columns, TLanes.Count, (((long)weight.Columns * TFloats.Size * TLanes.Count) + 63) & ~63L)
    {
        _weight = weight;
        PackTiles(pool);
    }

    /// <inheritdoc/>
    public override bool TakesQuantizedRows => false;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Multiply(int firstTile, int endTile, in ProductRows x, int rows, float* y, int stride)
    {
        for (int tile = firstTile; tile < endTile; tile++)
        {
            float* to = y + (tile * TLanes.Count);
            int row = 0;
            for (; row + 4 <= rows; row += 4)
            {
                FourRows(Tile(tile), x.Singles + ((long)row * x.Stride), x.Stride, Columns, to + ((long)row * stride), stride);
            }

            for (; row < rows; row++)
            {
                OneRow(Tile(tile), x.Singles + ((long)row * x.Stride), Columns, to + ((long)row * stride));
            }
        }
    }

    /// <inheritdoc/>
    protected override void PackTile(int tile)
    {
        int first = tile * TLanes.Count;
        int lanes = Math.Min(TLanes.Count, Rows - first);
        for (int lane = 0; lane < lanes; lane++)
        {
            fixed (byte* row = _weight.Row(first + lane))
            {
                if (TFloats.Size == 4)
                {
                    Scatter((uint*)row, (uint*)Tile(tile) + lane, Columns);
                }
                else
                {
                    Scatter((ushort*)row, (ushort*)Tile(tile) + lane, Columns);
                }
            }
        }
    }

    private static void Scatter<T>(T* from, T* to, int columns)
        where T : unmanaged
    {
        for (int i = 0; i < columns; i++, to += TLanes.Count)
        {
            *to = from[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneRow(byte* tile, float* x, int columns, float* y)
    {
        TLanes total = default;
        for (int i = 0; i < columns; i++, tile += TFloats.Size * TLanes.Count)
        {
            TLanes.Prefetch(tile + Ahead, 1);
            total = TLanes.MultiplyAdd(TFloats.Load(tile), x[i], total);
        }

        Store(total, y);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourRows(byte* tile, float* x, int xStride, int columns, float* y, int stride)
    {
        TLanes t0 = default, t1 = default, t2 = default, t3 = default;
        float* x1 = x + xStride, x2 = x1 + xStride, x3 = x2 + xStride;
        for (int i = 0; i < columns; i++, tile += TFloats.Size * TLanes.Count)
        {
            TLanes weights = TFloats.Load(tile);
            t0 = TLanes.MultiplyAdd(weights, x[i], t0);
            t1 = TLanes.MultiplyAdd(weights, x1[i], t1);
            t2 = TLanes.MultiplyAdd(weights, x2[i], t2);
            t3 = TLanes.MultiplyAdd(weights, x3[i], t3);
        }

        Store(t0, y);
        Store(t1, y + stride);
        Store(t2, y + (2L * stride));
        Store(t3, y + (3L * stride));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(TLanes total, float* y) => TLanes.Store(total, TFloats.Factor, y);
}
