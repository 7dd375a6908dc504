using Panorama.Core.Configuration;
using Panorama.Inference.Families;
using Panorama.Inference.Kernels;
using Panorama.Quantization.Formats;

namespace Panorama.Inference.Model;

/// <summary>Activations of a step, row by row. A row of a product's output has room for whole tiles.</summary>
internal sealed unsafe class StepBuffers : IDisposable
{
    private readonly List<NativeBuffer> _owned = [];
    private readonly float* _residual;
    private readonly float* _sublayer;
    private readonly float* _normalized;
    private readonly QuantizedRows _quantized;
    private NativeBuffer _logits = new(0);

    /// <summary>Takes memory.</summary>
    /// <param name="weights">The model.</param>
    /// <param name="maxRows">Most rows of a step.</param>
    public StepBuffers(TransformerWeights weights, int maxRows)
    {
        ModelConfig config = weights.Config;
        AttentionConfig attention = config.Attention;
        HiddenStride = Padded(config.HiddenSize);
        QueryStride = Padded(attention.Heads * attention.HeadSize);
        KeyStride = Padded(attention.KeyValueHeads * attention.HeadSize);
        WideStride = Padded(config.FeedForward.IntermediateSize);
        LogitStride = Padded(config.VocabularySize);
        int widest = Math.Max(Math.Max(HiddenStride, QueryStride), WideStride);
        _residual = Take(maxRows, HiddenStride);
        _sublayer = Take(maxRows, HiddenStride);
        Queries = Take(maxRows, QueryStride);
        Keys = Take(maxRows, KeyStride);
        Values = Take(maxRows, KeyStride);
        Attended = Take(maxRows, QueryStride);
        Wide = Take(maxRows, WideStride);
        Gate = config.FeedForward.Gated ? Take(maxRows, WideStride) : null;
        TakesQuantized = weights.Matrices.Any(static matrix => matrix.TakesQuantizedRows);
        TakesSingles = weights.Matrices.Any(static matrix => !matrix.TakesQuantizedRows);
        _normalized = Take(maxRows, HiddenStride);
        _quantized = new QuantizedRows(TakesQuantized ? maxRows : 0, widest);
    }

    /// <summary>Singles from row to row of what is as wide as the model.</summary>
    public int HiddenStride { get; }

    /// <summary>Singles from row to row of queries.</summary>
    public int QueryStride { get; }

    /// <summary>Singles from row to row of keys and of values.</summary>
    public int KeyStride { get; }

    /// <summary>Singles from row to row of the feed-forward layer.</summary>
    public int WideStride { get; }

    /// <summary>Singles from row to row of logits.</summary>
    public int LogitStride { get; }

    /// <summary>Whether any matrix takes int8 rows.</summary>
    public bool TakesQuantized { get; }

    /// <summary>Whether any matrix takes rows of singles.</summary>
    public bool TakesSingles { get; }

    /// <summary>[rows, QueryStride].</summary>
    public float* Queries { get; }

    /// <summary>[rows, KeyStride].</summary>
    public float* Keys { get; }

    /// <summary>[rows, KeyStride].</summary>
    public float* Values { get; }

    /// <summary>[rows, QueryStride]: what the attention gives.</summary>
    public float* Attended { get; }

    /// <summary>[rows, WideStride].</summary>
    public float* Wide { get; }

    /// <summary>[rows, WideStride], or null.</summary>
    public float* Gate { get; }

    /// <summary>[rows, HiddenStride]: the output of a sublayer.</summary>
    public float* Sublayer => _sublayer;

    /// <summary>[logit rows, LogitStride].</summary>
    public float* Logits => (float*)_logits.Pointer;

    /// <summary>Decodes a row of an embedding.</summary>
    /// <param name="table">The embedding.</param>
    /// <param name="row">The row.</param>
    /// <param name="to">[width].</param>
    /// <param name="width">Columns of the embedding.</param>
    public static void Decode(WeightView table, int row, float* to, int width) =>
        BlockCodec.Dequantize(table.Format, table.Row(row), new Span<float>(to, width));

    /// <summary>The residual stream of a row.</summary>
    public float* Residual(int row) => _residual + ((long)row * HiddenStride);

    /// <summary>A sublayer's output of a row.</summary>
    public float* SublayerOutput(int row) => _sublayer + ((long)row * HiddenStride);

    /// <summary>The normalized row.</summary>
    public float* Normalized(int row) => _normalized + ((long)row * HiddenStride);

    /// <summary>The normalized rows for a product.</summary>
    /// <param name="width">Inputs of the product.</param>
    public ProductRows ProductRows(int width) => RowsOf(_normalized, HiddenStride);

    /// <summary>Rows for a product, quantized before by <see cref="Quantize"/>.</summary>
    /// <param name="singles">The rows.</param>
    /// <param name="stride">Singles from row to row.</param>
    public ProductRows RowsOf(float* singles, int stride) => new() { Quantized = _quantized, Singles = singles, Stride = stride };

    /// <summary>Quantizes a row for the next product, if a matrix wants it so.</summary>
    /// <param name="row">The row.</param>
    /// <param name="values">[width].</param>
    /// <param name="width">Inputs of the product.</param>
    public void Quantize(int row, float* values, int width)
    {
        if (TakesQuantized && width % QuantizedRows.Block == 0)
        {
            _quantized.Quantize(row, values, width);
        }
    }

    /// <summary>Makes room for rows of logits; they grow to what was ever asked for.</summary>
    /// <param name="rows">Rows.</param>
    public void HoldLogits(int rows)
    {
        long bytes = (long)rows * LogitStride * sizeof(float);
        if (_logits.Bytes < bytes)
        {
            _logits.Dispose();
            _logits = new NativeBuffer(bytes);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (NativeBuffer buffer in _owned)
        {
            buffer.Dispose();
        }

        _quantized.Dispose();
        _logits.Dispose();
    }

    private static int Padded(int width) => (width + 15) & ~15;

    private float* Take(int rows, int stride)
    {
        var buffer = new NativeBuffer((long)rows * stride * sizeof(float));
        _owned.Add(buffer);
        return (float*)buffer.Pointer;
    }
}
