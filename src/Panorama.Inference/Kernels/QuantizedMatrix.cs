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
            for (; !TScales.HasHalves && row + 4 <= rows; row += 4)
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneRow(byte* tile, QuantizedRows x, int row, int blocks, float* y)
    {
        long first = (long)row * blocks;
        sbyte* codes = x.Codes + (first * QuantizedRows.Block);
        float* scales = x.Scales + first;
        int* sums = x.Sums + first;
        int* firstSums = x.FirstSums + first;
        float factor = *(float*)tile;
        int headerBytes = TScales.HeaderBytes, partBytes = TScales.PartBytes, codeBytes = TCodes.Bytes, parts = TScales.Parts, offset = TPacking.Offset;
        TLanes total = default;
        byte* at = tile + TileHeader;
        for (int block = 0; block < blocks;)
        {
            byte* header = at;
            at += headerBytes;
            for (int part = 0; part < parts; part++, block++)
            {
                TLanes.Prefetch(at + Ahead, partBytes + codeBytes);
                byte* weights = at + partBytes;
                TScales.Read(header, at, out TLanes scale, out TLanes minimum);
                TLanes dot = TScales.HasHalves
                    ? TLanes.DotByteHalves(weights, codes, at, -offset * firstSums[block], -offset * (sums[block] - firstSums[block]))
                    : TCodes.Dot(weights, codes);
                total = Add(total, dot, scale, minimum, factor * scales[block], sums[block]);
                at = weights + codeBytes;
                codes += QuantizedRows.Block;
            }
        }

        TLanes.Store(total, 1, y);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourRows(byte* tile, QuantizedRows x, int row, int blocks, float* y, int stride)
    {
        long first = (long)row * blocks;
        nint columns = blocks * QuantizedRows.Block;
        sbyte* codes = x.Codes + (first * QuantizedRows.Block);
        float* scales = x.Scales + first;
        int* sums = x.Sums + first;
        float factor = *(float*)tile;
        int headerBytes = TScales.HeaderBytes, partBytes = TScales.PartBytes, codeBytes = TCodes.Bytes, parts = TScales.Parts;
        TLanes t0 = default, t1 = default, t2 = default, t3 = default;
        byte* at = tile + TileHeader;
        for (int block = 0; block < blocks;)
        {
            byte* header = at;
            at += headerBytes;
            for (int part = 0; part < parts; part++, block++, scales++, sums++)
            {
                byte* weights = at + partBytes;
                TScales.Read(header, at, out TLanes scale, out TLanes minimum);
                TCodes.Dot(weights, codes, columns, out TLanes d0, out TLanes d1, out TLanes d2, out TLanes d3);
                t0 = Add(t0, d0, scale, minimum, factor * *scales, *sums);
                t1 = Add(t1, d1, scale, minimum, factor * scales[blocks], sums[blocks]);
                t2 = Add(t2, d2, scale, minimum, factor * scales[2 * blocks], sums[2 * blocks]);
                t3 = Add(t3, d3, scale, minimum, factor * scales[3 * blocks], sums[3 * blocks]);
                at = weights + codeBytes;
                codes += QuantizedRows.Block;
            }
        }

        TLanes.Store(t0, 1, y);
        TLanes.Store(t1, 1, y + stride);
        TLanes.Store(t2, 1, y + (2L * stride));
        TLanes.Store(t3, 1, y + (3L * stride));
    }

    // Adds one block to an output: scale · xScale · Σ (code − offset) · x, or with a minimum scale · xScale · Σ code · x + minimum · xScale · Σ x.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Add(TLanes total, TLanes dot, TLanes scale, TLanes minimum, float xScale, int xSum)
    {
        total = TLanes.AddBlock(total, dot, TScales.HasMinimum || TScales.HasHalves ? 0 : -TPacking.Offset * xSum, scale, xScale);
        return TScales.HasMinimum ? TLanes.MultiplyAdd(minimum, xScale * xSum, total) : total;
    }
}
