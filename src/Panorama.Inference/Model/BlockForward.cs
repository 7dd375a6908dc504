using Panorama.Core.Configuration;
using Panorama.Inference.Adapters;
using Panorama.Inference.Engine;
using Panorama.Inference.Families;
using Panorama.Inference.Kernels;
using Panorama.Inference.KvCache;
using Panorama.Inference.Threading;

namespace Panorama.Inference.Model;

/// <summary>The blocks of the model over the rows of a step. Products are split by outputs, all else by rows or heads.</summary>
internal sealed unsafe class BlockForward
{
    private const int RowGrain = 8;

    private readonly TransformerWeights _weights;
    private readonly ModelConfig _config;
    private readonly AttentionConfig _attention;
    private readonly KeyValueCache _cache;
    private readonly StepRows _rows;
    private readonly StepBuffers _buffers;
    private readonly ProductJob _product;
    private readonly WorkerPool _pool;
    private readonly Action<int, int> _beforeAttention;
    private readonly Action<int, int> _headsReady;
    private readonly Action<int, int> _attend;
    private readonly Action<int, int> _afterAttention;
    private readonly Action<int, int> _beforeFeedForward;
    private readonly Action<int, int> _activate;
    private readonly Action<int, int> _afterFeedForward;
    private readonly float _queryScale;
    private readonly int _groupSize;
    private readonly int _tileRows;
    private readonly List<RuntimeAdapter> _adapters;
    private LayerWeights _layer;
    private int _layerIndex;
    private int _tiles;
    private (int First, int Count)[] _tileRowsOf = new (int, int)[16];

    public BlockForward(TransformerWeights weights, KeyValueCache cache, StepRows rows, StepBuffers buffers, ProductJob product, WorkerPool pool, List<RuntimeAdapter> adapters)
    {
        (_weights, _cache, _rows, _buffers, _product, _pool) = (weights, cache, rows, buffers, product, pool);
        _config = weights.Config;
        _adapters = adapters;
        _attention = _config.Attention;
        _layer = weights.Layers[0];
        _queryScale = HalfBits.Factor / MathF.Sqrt(_attention.HeadSize);
        _groupSize = _attention.Heads / _attention.KeyValueHeads;
        _tileRows = Math.Max(1, AttentionKernel.MaxQueries / _groupSize);
        _beforeAttention = BeforeAttention;
        _headsReady = HeadsReady;
        _attend = Attend;
        _afterAttention = AfterAttention;
        _beforeFeedForward = BeforeFeedForward;
        _activate = Activate;
        _afterFeedForward = AfterFeedForward;
    }

    /// <summary>Runs all blocks.</summary>
    public void Run()
    {
        int count = _rows.Count;
        CutTiles();
        for (_layerIndex = 0; _layerIndex < _weights.Layers.Length; _layerIndex++)
        {
            _layer = _weights.Layers[_layerIndex];
            _pool.Run(_beforeAttention, count, RowGrain);
            _product.Begin(_buffers.ProductRows(_config.HiddenSize), count);
            _product.Add(_layer.Query, _buffers.Queries, _buffers.QueryStride);
            _product.Add(_layer.Key, _buffers.Keys, _buffers.KeyStride);
            _product.Add(_layer.Value, _buffers.Values, _buffers.KeyStride);
            _product.Run();
            _pool.Run(_headsReady, count, RowGrain);
            _pool.Run(_attend, _tiles * _attention.KeyValueHeads, 1);
            _pool.Run(_afterAttention, count, RowGrain);
            Multiply(_layer.AttentionOutput, _buffers.RowsOf(_buffers.Attended, _buffers.QueryStride), _buffers.Sublayer, _buffers.HiddenStride);

            _pool.Run(_beforeFeedForward, count, RowGrain);
            _product.Begin(_buffers.ProductRows(_config.HiddenSize), count);
            if (_layer.Gate is { } gate)
            {
                _product.Add(gate, _buffers.Gate, _buffers.WideStride);
            }

            _product.Add(_layer.Up, _buffers.Wide, _buffers.WideStride);
            _product.Run();
            _pool.Run(_activate, count, RowGrain);
            Multiply(_layer.Down, _buffers.RowsOf(_buffers.Wide, _buffers.WideStride), _buffers.Sublayer, _buffers.HiddenStride);
            _pool.Run(_afterFeedForward, count, RowGrain);
        }
    }

    /// <summary>Normalizes a row and prepares it for a product.</summary>
    /// <param name="norm">Gain and bias.</param>
    /// <param name="x">[hidden].</param>
    /// <param name="row">Where the normalized row goes.</param>
    public void Normalize(NormWeights norm, float* x, int row)
    {
        float* y = _buffers.Normalized(row);
        if (_config.Norm.Kind == NormKind.RmsNorm)
        {
            RowKernels.RmsNorm(x, Values(norm.Gain), y, _config.HiddenSize, (float)_config.Norm.Epsilon);
        }
        else
        {
            RowKernels.LayerNorm(x, Values(norm.Gain), Values(norm.Bias), y, _config.HiddenSize, (float)_config.Norm.Epsilon);
        }

        _buffers.Quantize(row, y, _config.HiddenSize);
    }

    private static float* Values(NativeBuffer? buffer) => buffer is null ? null : (float*)buffer.Pointer;

    private static void AddBias(float* x, NativeBuffer? bias, int count)
    {
        if (bias is not null)
        {
            RowKernels.Add(x, (float*)bias.Pointer, count);
        }
    }

    private void Multiply(PackedMatrix matrix, in ProductRows x, float* y, int stride)
    {
        _product.Begin(x, _rows.Count);
        _product.Add(matrix, y, stride);
        _product.Run();
    }

    private void BeforeAttention(int from, int to)
    {
        for (int row = from; row < to; row++)
        {
            Normalize(_layer.AttentionNorm, _buffers.Residual(row), row);
        }
    }

    // Biases, norms and turns of the heads; keys and values go into the cache, queries get the scale of the scores.
    private void HeadsReady(int from, int to)
    {
        int size = _attention.HeadSize, keyHeads = _attention.KeyValueHeads;
        for (int row = from; row < to; row++)
        {
            float* queries = _buffers.Queries + ((long)row * _buffers.QueryStride);
            float* keys = _buffers.Keys + ((long)row * _buffers.KeyStride);
            float* values = _buffers.Values + ((long)row * _buffers.KeyStride);
            Adapt(WeightRole.Query, row, _buffers.Normalized(row), queries);
            Adapt(WeightRole.Key, row, _buffers.Normalized(row), keys);
            Adapt(WeightRole.Value, row, _buffers.Normalized(row), values);
            AddBias(queries, _layer.QueryBias, _attention.Heads * size);
            AddBias(keys, _layer.KeyBias, keyHeads * size);
            AddBias(values, _layer.ValueBias, keyHeads * size);
            int position = _rows.Positions[row];
            int block = _rows.Blocks(_rows.Sequences[row])[position / CacheBlock.Tokens];
            for (int head = 0; head < _attention.Heads; head++)
            {
                float* query = queries + (head * size);
                Ready(query, _layer.QueryNorm, row, size);
                for (int i = 0; i < size; i++)
                {
                    query[i] *= _queryScale;
                }
            }

            for (int head = 0; head < keyHeads; head++)
            {
                float* key = keys + (head * size);
                Ready(key, _layer.KeyNorm, row, size);
                _cache.Write(_layerIndex, block, position % CacheBlock.Tokens, head, key, values + (head * size));
            }
        }
    }

    private void Ready(float* head, NativeBuffer? norm, int row, int size)
    {
        if (norm is not null)
        {
            RowKernels.RmsNorm(head, (float*)norm.Pointer, head, size, (float)_config.Norm.Epsilon);
        }

        if (_rows.Turns)
        {
            RowKernels.Rotate(head, _rows.Cosines(row), _rows.Sines(row), size);
        }
    }

    // Rows of one sequence that share the walk over its blocks, at most so many that their queries fit one call.
    private void CutTiles()
    {
        _tiles = 0;
        for (int row = 0; row < _rows.Count;)
        {
            int count = 1;
            while (count < _tileRows && row + count < _rows.Count && _rows.Sequences[row + count] == _rows.Sequences[row])
            {
                count++;
            }

            if (_tiles == _tileRowsOf.Length)
            {
                Array.Resize(ref _tileRowsOf, 2 * _tiles);
            }

            _tileRowsOf[_tiles++] = (row, count);
            row += count;
        }
    }

    private void Attend(int from, int to)
    {
        int size = _attention.HeadSize;
        Span<AttentionQuery> queries = stackalloc AttentionQuery[AttentionKernel.MaxQueries];
        for (int item = from; item < to; item++)
        {
            int head = item % _attention.KeyValueHeads;
            (int first, int count) = _tileRowsOf[item / _attention.KeyValueHeads];
            ReadOnlySpan<int> blocks = _rows.Blocks(_rows.Sequences[first]);

            // A group may have more queries than a call takes.
            for (int part = 0; part < _groupSize; part += AttentionKernel.MaxQueries)
            {
                int heads = Math.Min(AttentionKernel.MaxQueries, _groupSize - part);
                int n = 0;
                for (int row = first; row < first + count; row++)
                {
                    for (int h = 0; h < heads; h++)
                    {
                        long offset = ((long)row * _buffers.QueryStride) + (((head * _groupSize) + part + h) * size);
                        queries[n].Query = _buffers.Queries + offset;
                        queries[n].Output = _buffers.Attended + offset;
                        queries[n].First = _rows.FirstSeen(row);
                        queries[n++].End = _rows.Positions[row] + 1;
                    }
                }

                AttentionKernel.Attend(_cache, _layerIndex, head, blocks, queries[..n]);
            }
        }
    }

    private void AfterAttention(int from, int to)
    {
        for (int row = from; row < to; row++)
        {
            _buffers.Quantize(row, _buffers.Attended + ((long)row * _buffers.QueryStride), _attention.Heads * _attention.HeadSize);
        }
    }

    private void BeforeFeedForward(int from, int to)
    {
        for (int row = from; row < to; row++)
        {
            Adapt(WeightRole.AttentionOutput, row, _buffers.Attended + ((long)row * _buffers.QueryStride), _buffers.SublayerOutput(row));
            AddSublayer(row, _layer.AttentionOutputBias);
            Normalize(_layer.FeedForwardNorm, _buffers.Residual(row), row);
        }
    }

    private void Activate(int from, int to)
    {
        int width = _config.FeedForward.IntermediateSize;
        for (int row = from; row < to; row++)
        {
            float* wide = _buffers.Wide + ((long)row * _buffers.WideStride);
            float* gate = _buffers.Gate is null ? null : _buffers.Gate + ((long)row * _buffers.WideStride);
            Adapt(WeightRole.Up, row, _buffers.Normalized(row), wide);
            if (gate is not null)
            {
                Adapt(WeightRole.Gate, row, _buffers.Normalized(row), gate);
            }

            AddBias(wide, _layer.UpBias, width);
            RowKernels.Activate(_config.FeedForward.Activation, gate, wide, width);
            _buffers.Quantize(row, wide, width);
        }
    }

    private void AfterFeedForward(int from, int to)
    {
        for (int row = from; row < to; row++)
        {
            Adapt(WeightRole.Down, row, _buffers.Wide + ((long)row * _buffers.WideStride), _buffers.SublayerOutput(row));
            AddSublayer(row, _layer.DownBias);
        }
    }

    private void Adapt(WeightRole role, int row, float* x, float* y)
    {
        if (_rows.Adapted && _rows.Adapters[row] is >= 0 and var adapter)
        {
            _adapters[adapter].Add(role, _layerIndex, x, y);
        }
    }

    private void AddSublayer(int row, NativeBuffer? bias)
    {
        float* x = _buffers.Residual(row);
        RowKernels.Add(x, _buffers.SublayerOutput(row), _config.HiddenSize);
        AddBias(x, bias, _config.HiddenSize);
    }
}
