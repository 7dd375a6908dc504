using System.Runtime.Intrinsics;
using Panorama.Inference.Kernels;

namespace Panorama.Inference.Adapters;

/// <summary>What an adapter adds to one product: y = g ⊙ (y + s·B·(A·x)), g only with DoRA.</summary>
internal sealed unsafe class AdapterFactors : IDisposable
{
    private const int Width = 16;

    private readonly NativeBuffer _down;
    private readonly NativeBuffer _up;
    private readonly NativeBuffer? _gains;
    private readonly int _rank;
    private readonly int _inputs;
    private readonly int _outputs;

    /// <summary>Keeps the factors.</summary>
    /// <param name="down">A: [rank, inputs].</param>
    /// <param name="up">B: [outputs, rank].</param>
    /// <param name="scale">s.</param>
    /// <param name="rank">Rank.</param>
    /// <param name="inputs">Inputs of the product.</param>
    /// <param name="outputs">Outputs of the product.</param>
    /// <param name="gains">g: [outputs]; empty: none.</param>
    public AdapterFactors(ReadOnlySpan<float> down, ReadOnlySpan<float> up, float scale, int rank, int inputs, int outputs, ReadOnlySpan<float> gains)
    {
        (_rank, _inputs, _outputs) = (rank, inputs, outputs);
        _down = new NativeBuffer((long)rank * inputs * sizeof(float));
        down.CopyTo(new Span<float>(_down.Pointer, rank * inputs));

        // B by columns, so that every column is added to the outputs in one stream; s goes into it.
        _up = new NativeBuffer((long)rank * outputs * sizeof(float));
        float* columns = (float*)_up.Pointer;
        for (int output = 0; output < outputs; output++)
        {
            for (int r = 0; r < rank; r++)
            {
                columns[((long)r * outputs) + output] = up[(output * rank) + r] * scale;
            }
        }

        if (!gains.IsEmpty)
        {
            _gains = new NativeBuffer((long)outputs * sizeof(float));
            gains.CopyTo(new Span<float>(_gains.Pointer, outputs));
        }
    }

    /// <summary>Adds to one row.</summary>
    /// <param name="x">[inputs].</param>
    /// <param name="y">[outputs], changed.</param>
    public void Add(float* x, float* y)
    {
        float* a = (float*)_down.Pointer;
        float* b = (float*)_up.Pointer;
        for (int r = 0; r < _rank; r++, a += _inputs, b += _outputs)
        {
            AddScaled(y, b, Dot(a, x, _inputs), _outputs);
        }

        if (_gains is not null)
        {
            float* gains = (float*)_gains.Pointer;
            for (int i = 0; i < _outputs; i++)
            {
                y[i] *= gains[i];
            }
        }
    }

    /// <summary>Σ a·b.</summary>
    /// <param name="a">[count].</param>
    /// <param name="b">[count].</param>
    /// <param name="count">Values.</param>
    public static float Dot(float* a, float* b, int count)
    {
        Vector512<float> even = default, odd = default;
        int i = 0;
        for (; i + (2 * Width) <= count; i += 2 * Width)
        {
            even = Vector512.FusedMultiplyAdd(Vector512.Load(a + i), Vector512.Load(b + i), even);
            odd = Vector512.FusedMultiplyAdd(Vector512.Load(a + i + Width), Vector512.Load(b + i + Width), odd);
        }

        float sum = Vector512.Sum(even + odd);
        for (; i < count; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _down.Dispose();
        _up.Dispose();
        _gains?.Dispose();
    }

    private static void AddScaled(float* y, float* column, float factor, int count)
    {
        Vector512<float> factors = Vector512.Create(factor);
        int i = 0;
        for (; i + Width <= count; i += Width)
        {
            Vector512.FusedMultiplyAdd(Vector512.Load(column + i), factors, Vector512.Load(y + i)).Store(y + i);
        }

        for (; i < count; i++)
        {
            y[i] += column[i] * factor;
        }
    }
}
