using System.Runtime.CompilerServices;
using Panorama.Inference.Families;
using Panorama.Inference.Threading;

namespace Panorama.Inference.Kernels;

/// <summary>
/// A matrix of blocks. Integers of 32 products are exact; every output adds its blocks up in ascending order in one
/// single, so results do not depend on how many rows are multiplied at once, nor on the instruction set.
/// </summary>
/// <typeparam name="TLanes">The register.</typeparam>
/// <typeparam name="TCodes">How codes are stored.</typeparam>
/// <typeparam name="TScales">How scales are stored.</typeparam>
/// <typeparam name="TPacking">How blocks of the file are repacked.</typeparam>
internal sealed unsafe class QuantizedMatrix<TLanes, TCodes, TScales, TPacking> : PackedMatrix
    where TLanes : struct, ILanes<TLanes>
    where TCodes : struct, ICodes<TLanes>
    where TScales : struct, IScales<TLanes>
    where TPacking : struct, IPacking
{
    private const int TileHeader = 64; // the tile's factor, on a cache line of its own
    private const int Ahead = 1024;
    private const float LargestHalf = 32768;

    private readonly WeightView _weight;

    /// <summary>Repacks a weight.</summary>
    /// <param name="weight">The weight as stored; not used afterwards.</param>
    /// <param name="pool">Threads to do it.</param>
    public QuantizedMatrix(WeightView weight, WorkerPool pool)
        : base(weight.Rows, weight.Columns, TLanes.Count, TileSize(weight.Columns))
    {
        _weight = weight;
        PackTiles(pool);
    }

    /// <inheritdoc/>
    public override bool TakesQuantizedRows => true;

    private static int RunBytes => TScales.HeaderBytes + (TScales.Parts * (TScales.PartBytes + TCodes.Bytes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Multiply(int firstTile, int endTile, in ProductRows x, int rows, float* y, int stride)
    {
        QuantizedRows quantized = x.Quantized!;
        int blocks = Columns / QuantizedRows.Block;
        for (int tile = firstTile; tile < endTile; tile++)
        {
            byte* packed = Tile(tile);
            float* to = y + (tile * TLanes.Count);
            int row = 0;
            for (; row + 4 <= rows; row += 4)
            {
                FourRows(packed, quantized, row, blocks, to + ((long)row * stride), stride);
            }

            for (; row < rows; row++)
            {
                OneRow(packed, quantized, row, blocks, to + ((long)row * stride));
            }
        }
    }

    /// <inheritdoc/>
    protected override void PackTile(int tile)
    {
        int first = tile * TLanes.Count;
        int lanes = Math.Min(TLanes.Count, Rows - first);
        int runs = Columns / (TScales.Parts * QuantizedRows.Block);
        float largest = 0;
        for (int lane = 0; lane < lanes; lane++)
        {
            fixed (byte* row = _weight.Row(first + lane))
            {
                for (int run = 0; run < runs; run++)
                {
                    largest = MathF.Max(largest, TPacking.LargestScale(row + (run * TPacking.BlockBytes)));
                }
            }
        }

        // Small scales are raised by a power of two, which is exact, since subnormal numbers are slow to multiply.
        int raise = largest > 0 && float.IsFinite(largest) ? Math.Max(0, (int)MathF.Floor(MathF.Log2(LargestHalf / largest))) : 0;
        byte* packed = Tile(tile);
        *(float*)packed = HalfBits.Factor * MathF.ScaleB(1, -raise);
        float multiplier = MathF.ScaleB(1, raise);
        for (int lane = 0; lane < lanes; lane++)
        {
            fixed (byte* row = _weight.Row(first + lane))
            {
                byte* to = packed + TileHeader;
                for (int run = 0; run < runs; run++, to += RunBytes)
                {
                    TPacking.Pack(row + (run * TPacking.BlockBytes), to, lane, TLanes.Count, multiplier);
                }
            }
        }
    }

    private static long TileSize(int columns) => (TileHeader + ((long)columns / (TScales.Parts * QuantizedRows.Block) * RunBytes) + 63) & ~63L;

    private static void OneRow(byte* tile, QuantizedRows x, int row, int blocks, float* y)
    {
        long first = (long)row * blocks;
        sbyte* codes = x.Codes + (first * QuantizedRows.Block);
        float* scales = x.Scales + first;
        int* sums = x.Sums + first;
        int* firstSums = x.FirstSums + first;
        float factor = *(float*)tile;
        TLanes total = TLanes.Zero;
        byte* at = tile + TileHeader;
        for (int block = 0; block < blocks;)
        {
            byte* header = at;
            at += TScales.HeaderBytes;
            for (int part = 0; part < TScales.Parts; part++, block++)
            {
                for (int line = 0; line < TScales.PartBytes + TCodes.Bytes; line += 64)
                {
                    TLanes.Prefetch(at + line + Ahead);
                }

                TScales.Read(header, at, out TLanes scale, out TLanes minimum);
                byte* weights = at + TScales.PartBytes;
                TLanes dot = TScales.HasHalves
                    ? Halves(at, weights, codes, firstSums[block], sums[block])
                    : TCodes.Dot(weights, codes);
                total = Add(total, dot, scale, minimum, factor * scales[block], sums[block]);
                at = weights + TCodes.Bytes;
                codes += QuantizedRows.Block;
            }
        }

        TLanes.Store(total, y);
    }

    private static void FourRows(byte* tile, QuantizedRows x, int row, int blocks, float* y, int stride)
    {
        long first = (long)row * blocks;
        nint columns = blocks * QuantizedRows.Block;
        sbyte* codes = x.Codes + (first * QuantizedRows.Block);
        float* scales = x.Scales + first;
        int* sums = x.Sums + first;
        int* firstSums = x.FirstSums + first;
        float factor = *(float*)tile;
        TLanes t0 = TLanes.Zero, t1 = t0, t2 = t0, t3 = t0;
        byte* at = tile + TileHeader;
        for (int block = 0; block < blocks;)
        {
            byte* header = at;
            at += TScales.HeaderBytes;
            for (int part = 0; part < TScales.Parts; part++, block++)
            {
                TScales.Read(header, at, out TLanes scale, out TLanes minimum);
                byte* weights = at + TScales.PartBytes;
                TLanes d0, d1, d2, d3;
                if (TScales.HasHalves)
                {
                    d0 = Halves(at, weights, codes, firstSums[block], sums[block]);
                    d1 = Halves(at, weights, codes + columns, firstSums[blocks + block], sums[blocks + block]);
                    d2 = Halves(at, weights, codes + (2 * columns), firstSums[(2 * blocks) + block], sums[(2 * blocks) + block]);
                    d3 = Halves(at, weights, codes + (3 * columns), firstSums[(3 * blocks) + block], sums[(3 * blocks) + block]);
                }
                else
                {
                    TCodes.Dot(weights, codes, columns, out d0, out d1, out d2, out d3);
                }

                t0 = Add(t0, d0, scale, minimum, factor * scales[block], sums[block]);
                t1 = Add(t1, d1, scale, minimum, factor * scales[blocks + block], sums[blocks + block]);
                t2 = Add(t2, d2, scale, minimum, factor * scales[(2 * blocks) + block], sums[(2 * blocks) + block]);
                t3 = Add(t3, d3, scale, minimum, factor * scales[(3 * blocks) + block], sums[(3 * blocks) + block]);
                at = weights + TCodes.Bytes;
                codes += QuantizedRows.Block;
            }
        }

        TLanes.Store(t0, y);
        TLanes.Store(t1, y + stride);
        TLanes.Store(t2, y + (2L * stride));
        TLanes.Store(t3, y + (3L * stride));
    }

    // Adds one block to an output: scale · xScale · Σ (code − offset) · x, or with a minimum scale · xScale · Σ code · x + minimum · xScale · Σ x.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Add(TLanes total, TLanes dot, TLanes scale, TLanes minimum, float xScale, int xSum)
    {
        if (!TScales.HasMinimum && !TScales.HasHalves)
        {
            dot = TLanes.Add(dot, -TPacking.Offset * xSum);
        }

        total = TLanes.MultiplyAdd(TLanes.ToSingle(dot), TLanes.Multiply(scale, TLanes.Broadcast(xScale)), total);
        return TScales.HasMinimum ? TLanes.MultiplyAdd(minimum, TLanes.Broadcast(xScale * xSum), total) : total;
    }

    // Integers all through: |factor · Σ| ≤ 128 · 16 · 32 · 127 for each half.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Halves(byte* part, byte* weights, sbyte* codes, int firstSum, int sum)
    {
        TLanes first = TLanes.Add(TCodes.DotHalf(weights, codes, 0), -TPacking.Offset * firstSum);
        TLanes second = TLanes.Add(TCodes.DotHalf(weights, codes, 1), -TPacking.Offset * (sum - firstSum));
        TLanes both = TLanes.MultiplyAddIntegers(first, TScales.HalfFactors(part, 0), TLanes.Zero);
        return TLanes.MultiplyAddIntegers(second, TScales.HalfFactors(part, 1), both);
    }
}
