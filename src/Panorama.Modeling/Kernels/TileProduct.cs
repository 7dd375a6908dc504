using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Panorama.Modeling.Kernels;

/// <summary>Small matrix products inside the caches: C (+)= A·B, with the results of a tile held in registers.</summary>
internal static unsafe class TileProduct
{
    /// <summary>Rows of a tile; the rows of a product are a multiple of it.</summary>
    public const int Rows = 4;

    /// <summary>The columns of a product are a multiple of this.</summary>
    public const int Columns = 16;

    /// <summary>Computes rows × columns elements.</summary>
    /// <param name="a">A: element (i, k) lies at a[i·rowStride + k·depthStride], so that a transposed A needs no copy.</param>
    /// <param name="rowStride">See <paramref name="a"/>.</param>
    /// <param name="depthStride">See <paramref name="a"/>.</param>
    /// <param name="b">B: element (k, j) lies at b[k·columns + j].</param>
    /// <param name="c">C: element (i, j) lies at c[i·columns + j].</param>
    /// <param name="rows">Rows of A and C.</param>
    /// <param name="columns">Columns of B and C.</param>
    /// <param name="depth">Columns of A, rows of B.</param>
    /// <param name="band">Which of the depth a row needs, for products with a triangular A.</param>
    /// <param name="add">Whether C grows, or is written.</param>
    public static void Multiply(float* a, int rowStride, int depthStride, float* b, float* c, int rows, int columns, int depth, Band band, bool add)
    {
        for (int row = 0; row < rows; row += Rows)
        {
            int from = band == Band.Upper ? Math.Min(row, depth) : 0;
            int count = (band == Band.Lower ? Math.Min(depth, row + Rows) : depth) - from;
            float* left = a + ((long)row * rowStride) + ((long)from * depthStride), right = b + ((long)from * columns), result = c + ((long)row * columns);
            int column = 0;
            for (; column + (4 * Columns) <= columns; column += 4 * Columns)
            {
                Wide(left, rowStride, depthStride, right + column, result + column, columns, count, add);
            }

            for (; column < columns; column += Columns)
            {
                Narrow(left, rowStride, depthStride, right + column, result + column, columns, count, add);
            }
        }
    }

    // 4 × 64: sixteen sums; each step multiplies four broadcast elements of A with four vectors of B.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Wide(float* a, long rowStride, long depthStride, float* b, float* c, long columns, int depth, bool add)
    {
        Vector512<float> c00 = default, c01 = default, c02 = default, c03 = default, c10 = default, c11 = default, c12 = default, c13 = default;
        Vector512<float> c20 = default, c21 = default, c22 = default, c23 = default, c30 = default, c31 = default, c32 = default, c33 = default;
        float* a1 = a + rowStride, a2 = a1 + rowStride, a3 = a2 + rowStride;
        for (long k = 0, at = 0; k < depth; k++, at += depthStride, b += columns)
        {
            Vector512<float> b0 = Vector512.Load(b), b1 = Vector512.Load(b + 16), b2 = Vector512.Load(b + 32), b3 = Vector512.Load(b + 48);
            Vector512<float> x = Vector512.Create(a[at]);
            c00 = Vector512.FusedMultiplyAdd(x, b0, c00);
            c01 = Vector512.FusedMultiplyAdd(x, b1, c01);
            c02 = Vector512.FusedMultiplyAdd(x, b2, c02);
            c03 = Vector512.FusedMultiplyAdd(x, b3, c03);
            x = Vector512.Create(a1[at]);
            c10 = Vector512.FusedMultiplyAdd(x, b0, c10);
            c11 = Vector512.FusedMultiplyAdd(x, b1, c11);
            c12 = Vector512.FusedMultiplyAdd(x, b2, c12);
            c13 = Vector512.FusedMultiplyAdd(x, b3, c13);
            x = Vector512.Create(a2[at]);
            c20 = Vector512.FusedMultiplyAdd(x, b0, c20);
            c21 = Vector512.FusedMultiplyAdd(x, b1, c21);
            c22 = Vector512.FusedMultiplyAdd(x, b2, c22);
            c23 = Vector512.FusedMultiplyAdd(x, b3, c23);
            x = Vector512.Create(a3[at]);
            c30 = Vector512.FusedMultiplyAdd(x, b0, c30);
            c31 = Vector512.FusedMultiplyAdd(x, b1, c31);
            c32 = Vector512.FusedMultiplyAdd(x, b2, c32);
            c33 = Vector512.FusedMultiplyAdd(x, b3, c33);
        }

        StoreRow(c, c00, c01, c02, c03, add);
        StoreRow(c + columns, c10, c11, c12, c13, add);
        StoreRow(c + (2 * columns), c20, c21, c22, c23, add);
        StoreRow(c + (3 * columns), c30, c31, c32, c33, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Narrow(float* a, long rowStride, long depthStride, float* b, float* c, long columns, int depth, bool add)
    {
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default;
        float* a1 = a + rowStride, a2 = a1 + rowStride, a3 = a2 + rowStride;
        for (long k = 0, at = 0; k < depth; k++, at += depthStride, b += columns)
        {
            Vector512<float> b0 = Vector512.Load(b);
            c0 = Vector512.FusedMultiplyAdd(Vector512.Create(a[at]), b0, c0);
            c1 = Vector512.FusedMultiplyAdd(Vector512.Create(a1[at]), b0, c1);
            c2 = Vector512.FusedMultiplyAdd(Vector512.Create(a2[at]), b0, c2);
            c3 = Vector512.FusedMultiplyAdd(Vector512.Create(a3[at]), b0, c3);
        }

        Store(c, c0, add);
        Store(c + columns, c1, add);
        Store(c + (2 * columns), c2, add);
        Store(c + (3 * columns), c3, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreRow(float* c, Vector512<float> v0, Vector512<float> v1, Vector512<float> v2, Vector512<float> v3, bool add)
    {
        Store(c, v0, add);
        Store(c + 16, v1, add);
        Store(c + 32, v2, add);
        Store(c + 48, v3, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* c, Vector512<float> value, bool add) => (add ? Vector512.Load(c) + value : value).Store(c);
}

/// <summary>The part of a left factor that is not zero.</summary>
internal enum Band
{
    /// <summary>All of it.</summary>
    Full,

    /// <summary>On and below the diagonal.</summary>
    Lower,

    /// <summary>On and above the diagonal.</summary>
    Upper,
}
