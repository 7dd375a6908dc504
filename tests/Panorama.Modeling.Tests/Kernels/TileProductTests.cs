using Panorama.Modeling.Kernels;

namespace Panorama.Modeling.Tests.Kernels;

public sealed class TileProductTests
{
    [Fact]
    public void AgreesWithTheDefinition() =>
        Gen.Select(Gen.Int[1, 5], Gen.Int[1, 6], Gen.Int[1, 20], Gen.Bool, Gen.Bool, Gen.Int[0, 2]).Sample((rowTiles, columnTiles, depth, transposed, add, band) =>
            Check(rowTiles * TileProduct.Rows, columnTiles * TileProduct.Columns, depth, transposed, add, (Band)band));

    private static unsafe void Check(int rows, int columns, int depth, bool transposed, bool add, Band band)
    {
        var random = new Random(rows + columns + depth);
        float[] a = KernelData.Fill(random, rows * depth), b = KernelData.Fill(random, depth * columns), c = KernelData.Fill(random, rows * columns), expected = [.. c];
        (int rowStride, int depthStride) = transposed ? (1, rows) : (depth, 1);
        for (int i = 0; i < rows; i++)
        {
            for (int k = 0; k < depth; k++)
            {
                ref float element = ref a[(i * rowStride) + (k * depthStride)];
                if ((band == Band.Lower && k > i) || (band == Band.Upper && k < i))
                {
                    element = 0;
                }
            }

            for (int j = 0; j < columns; j++)
            {
                float sum = add ? c[(i * columns) + j] : 0;
                for (int k = 0; k < depth; k++)
                {
                    sum += a[(i * rowStride) + (k * depthStride)] * b[(k * columns) + j];
                }

                expected[(i * columns) + j] = sum;
            }
        }

        fixed (float* left = a, right = b, result = c)
        {
            TileProduct.Multiply(left, rowStride, depthStride, right, result, rows, columns, depth, band, add);
        }

        KernelData.Close(expected, c);
    }
}
