using Panorama.Inference.Kernels;
using Panorama.Inference.Threading;
using Panorama.Quantization.Formats;

namespace Panorama.Inference.Tests.Kernels;

public sealed unsafe class PackedMatrixTests
{
    private const int Guard = 16;

    public static TheoryData<TensorFormat> Formats => [.. Enum.GetValues<TensorFormat>()];

    [Theory]
    [MemberData(nameof(Formats))]
    public void Products_are_those_of_the_stored_numbers(TensorFormat format)
    {
        using var pool = new WorkerPool(2);
        foreach ((int rows, int columns, int tokens) in (ReadOnlySpan<(int, int, int)>)[(37, 512, 1), (16, 256, 4), (1, 768, 3), (50, 256, 9)])
        {
            using var weight = new StoredWeight(format, rows, columns, seed: rows);
            using PackedMatrix matrix = MatrixPacker.Pack(weight.View, pool);
            using var x = new Rows(tokens, columns, seed: 7);
            float[] got = Multiply(matrix, x);
            for (int t = 0; t < tokens; t++)
            {
                for (int r = 0; r < rows; r++)
                {
                    (double expected, double magnitude) = Expected(weight, x, r, t, matrix.TakesQuantizedRows);
                    Assert.True(Math.Abs(got[(t * rows) + r] - expected) <= 2e-6 * magnitude, $"{format} {rows}×{columns}, row {r} of token {t}: {got[(t * rows) + r]} instead of {expected}");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Every_register_gives_the_same_bits(TensorFormat format)
    {
        using var pool = new WorkerPool(1);
        using var weight = new StoredWeight(format, 45, 512, seed: 3);
        using var x = new Rows(5, 512, seed: 4);
        using PackedMatrix portable = MatrixPacker.Pack<Lanes128>(weight.View, pool);
        float[] expected = Multiply(portable, x);
        List<PackedMatrix> others = [];
        if (Lanes256.IsSupported)
        {
            others.Add(MatrixPacker.Pack<Lanes256>(weight.View, pool));
        }

        if (LanesVnni.IsSupported)
        {
            others.Add(MatrixPacker.Pack<LanesVnni>(weight.View, pool));
        }

        if (Lanes512.IsSupported)
        {
            others.Add(MatrixPacker.Pack<Lanes512>(weight.View, pool));
        }

        foreach (PackedMatrix other in others)
        {
            Assert.Equal(expected, Multiply(other, x));
            other.Dispose();
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_row_gives_the_same_bits_alone_and_among_others(TensorFormat format)
    {
        using var pool = new WorkerPool(1);
        using var weight = new StoredWeight(format, 33, 256, seed: 5);
        using PackedMatrix matrix = MatrixPacker.Pack(weight.View, pool);
        using var x = new Rows(11, 256, seed: 6);
        float[] together = Multiply(matrix, x);
        for (int t = 0; t < 11; t++)
        {
            using Rows alone = x.One(t);
            Assert.Equal(together[(t * 33)..((t + 1) * 33)], Multiply(matrix, alone));
        }
    }

    [Fact]
    public void Tiny_and_huge_scales_stay_exact()
    {
        using var pool = new WorkerPool(1);
        foreach (float scale in (ReadOnlySpan<float>)[3e-6f, 2000f])
        {
            using var weight = new StoredWeight(TensorFormat.Q8_0, 20, 64, seed: 8, scale);
            using PackedMatrix matrix = MatrixPacker.Pack(weight.View, pool);
            using var x = new Rows(1, 64, seed: 9);
            float[] got = Multiply(matrix, x);
            for (int r = 0; r < 20; r++)
            {
                (double expected, double magnitude) = Expected(weight, x, r, 0, quantized: true);
                Assert.Equal(expected, got[r], 1e-6 * magnitude);
            }
        }
    }

    private static float[] Multiply(PackedMatrix matrix, Rows x)
    {
        int stride = (matrix.Tiles * matrix.TileRows) + Guard;
        var y = new float[x.Count * stride];
        Array.Fill(y, float.NaN);
        fixed (float* to = y)
        {
            matrix.Multiply(0, matrix.Tiles, x.ForProducts, x.Count, to, stride);
        }

        for (int t = 0; t < x.Count; t++)
        {
            Assert.All(y[((t * stride) + stride - Guard)..((t + 1) * stride)], value => Assert.True(float.IsNaN(value), "written behind the tiles"));
        }

        return [.. Enumerable.Range(0, x.Count).SelectMany(t => y[(t * stride)..((t * stride) + matrix.Rows)])];
    }

    private static (double Value, double Magnitude) Expected(StoredWeight weight, Rows x, int row, int token, bool quantized)
    {
        double value = 0, magnitude = 0;
        for (int i = 0; i < weight.View.Columns; i++)
        {
            double term = (double)weight.Values[(row * weight.View.Columns) + i] * (quantized ? x.Quantized(token, i) : x.Value(token, i));
            value += term;
            magnitude += Math.Abs(term);
        }

        return (value, magnitude);
    }
}
