using Panorama.Core.Configuration;
using static TorchSharp.torch;

namespace Panorama.Training.Benchmarks;

/// <summary>
/// The matrix products of a training step and nothing else, on buffers of the step's shapes: what the step would take if
/// everything between the products were free. Attention counts half of its products over all pairs of positions, since a
/// causal model needs no more.
/// </summary>
internal sealed class MatrixProducts : IDisposable
{
    // Forward 2 (scores, mix); backward 5 (scores again, and gradients of weights, values, queries, keys).
    private const int AttentionProducts = 7;

    private readonly ModelConfig _config;
    private readonly List<Product> _products = [];
    private readonly Tensor _rows_XTE;
    private readonly Tensor _scores_XTT;

    /// <summary>Allocates the buffers.</summary>
    /// <param name="config">The model.</param>
    /// <param name="batch">Sequences of a step, each of the model's full context.</param>
    public MatrixProducts(ModelConfig config, int batch)
    {
        _config = config;
        AttentionConfig attention = config.Attention;
        long rows = (long)batch * config.ContextLength, width = config.HiddenSize, size = attention.HeadSize;
        (long Outputs, long Inputs)[] matrices =
        [
            ((attention.Heads + (2 * attention.KeyValueHeads)) * size, width),
            (width, attention.Heads * size),
            (2L * config.FeedForward.IntermediateSize, width),
            (width, config.FeedForward.IntermediateSize),
        ];
        _products = [.. matrices.Select(m => new Product(rows, m.Outputs, m.Inputs, config.Layers))];
        _products.Add(new Product(rows, config.VocabularySize, width, 1));
        long heads = (long)batch * attention.Heads, time = config.ContextLength;
        _rows_XTE = Filled(heads, time, size);
        _scores_XTT = Filled(heads, time, time);
    }

    /// <summary>Runs every product of a step once.</summary>
    public void Run()
    {
        using IDisposable quiet = no_grad();
        foreach (Product product in _products)
        {
            product.Run();
        }

        using var scope = NewDisposeScope();
        Tensor transposed_XET = _rows_XTE.transpose(1, 2);
        int half = _config.Layers * AttentionProducts / 2;
        for (int i = 0; i < half; i++)
        {
            if (i % 2 == 0)
            {
                bmm(_rows_XTE, transposed_XET).Dispose();
            }
            else
            {
                bmm(_scores_XTT, _rows_XTE).Dispose();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _products.ForEach(p => p.Dispose());
        _rows_XTE.Dispose();
        _scores_XTT.Dispose();
    }

    private static Tensor Filled(params long[] shape) => full(shape, 0.5f).DetachFromDisposeScope();

    // y = x·Wᵀ and both gradients.
    private sealed class Product(long rows, long outputs, long inputs, int times) : IDisposable
    {
        private readonly Tensor _x_RI = Filled(rows, inputs);
        private readonly Tensor _w_OI = Filled(outputs, inputs);
        private readonly Tensor _y_RO = Filled(rows, outputs);
        private readonly Tensor _dx_RI = Filled(rows, inputs);
        private readonly Tensor _dw_OI = Filled(outputs, inputs);

        public void Run()
        {
            using var scope = NewDisposeScope();
            (Tensor w_IO, Tensor y_OR) = (_w_OI.t(), _y_RO.t());
            for (int i = 0; i < times; i++)
            {
                _y_RO.addmm_(_x_RI, w_IO, 0, 1e-3f);
                _dx_RI.addmm_(_y_RO, _w_OI, 0, 1e-3f);
                _dw_OI.addmm_(y_OR, _x_RI, 0, 1e-3f);
            }
        }

        public void Dispose()
        {
            _x_RI.Dispose();
            _w_OI.Dispose();
            _y_RO.Dispose();
            _dx_RI.Dispose();
            _dw_OI.Dispose();
        }
    }
}
