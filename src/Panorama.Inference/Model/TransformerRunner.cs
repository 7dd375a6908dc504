using System.Globalization;
using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Inference.Adapters;
using Panorama.Inference.Engine;
using Panorama.Inference.Families;
using Panorama.Inference.Kernels;
using Panorama.Inference.KvCache;
using Panorama.Inference.Threading;

namespace Panorama.Inference.Model;

/// <summary>
/// The forward of all families on SIMD kernels, composed from the configuration's parts. A step allocates nothing once its
/// buffers have their size.
/// </summary>
public sealed unsafe class TransformerRunner : IModelRunner
{
    private const int DefaultCacheTokens = 4096;

    private readonly TransformerWeights _weights;
    private readonly ModelConfig _config;
    private readonly WorkerPool _pool;
    private readonly KeyValueCache _cache;
    private readonly StepRows _rows;
    private readonly StepBuffers _buffers;
    private readonly ProductJob _product;
    private readonly BlockForward _blocks;
    private readonly List<RuntimeAdapter> _adapters = [];
    private readonly Action<int, int> _embed;
    private readonly Action<int, int> _finish;

    /// <summary>Loads a model.</summary>
    /// <param name="files">The model; its weights are opened and kept until this is disposed.</param>
    /// <param name="options">Threads and sizes.</param>
    /// <exception cref="InputException">A weight is missing or wrong, or the model has a part that is not computed.</exception>
    public TransformerRunner(ModelFiles files, RunnerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(files);
        options ??= new RunnerOptions();
        _config = Supported(files.Config, files.Path);
        MaxRows = options.MaxRows;
        int tokens = options.CacheTokens > 0 ? options.CacheTokens : Math.Min(_config.ContextLength, DefaultCacheTokens);
        BlockCount = (tokens + CacheBlock.Tokens - 1) / CacheBlock.Tokens;
        _pool = new WorkerPool(options.Threads > 0 ? options.Threads : Environment.ProcessorCount);
        try
        {
            _weights = TransformerWeights.Load(files.OpenWeights(), _config, _pool);
        }
        catch
        {
            _pool.Dispose();
            throw;
        }

        _cache = new KeyValueCache(BlockCount, _config.Layers, _config.Attention.KeyValueHeads, _config.Attention.HeadSize);
        _rows = new StepRows(_config, MaxRows);
        _buffers = new StepBuffers(_weights, MaxRows);
        _product = new ProductJob(_pool);
        _blocks = new BlockForward(_weights, _cache, _rows, _buffers, _product, _pool, _adapters);
        _embed = EmbedRows;
        _finish = FinishRows;
    }

    /// <inheritdoc/>
    public int VocabularySize => _config.VocabularySize;

    /// <inheritdoc/>
    public int ContextLength => _config.ContextLength;

    /// <inheritdoc/>
    public int BlockCount { get; }

    /// <inheritdoc/>
    public int MaxRows { get; }

    /// <inheritdoc/>
    public int AdapterCount => _adapters.Count;

    /// <summary>Threads that work.</summary>
    public int Threads => _pool.Threads;

    /// <summary>Bytes of weights that a step of one token reads.</summary>
    public long WeightBytes => _weights.Bytes;

    /// <summary>Bytes of the key/value cache when all its blocks are in use.</summary>
    public long CacheBytes => BlockCount * KeyValueCache.BytesPerBlock(_config.Layers, _config.Attention.KeyValueHeads, _config.Attention.HeadSize);

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<SequenceStep> steps)
    {
        _rows.Set(steps, _config, BlockCount, _adapters.Count);
        _pool.Run(_embed, _rows.Count, 16);
        _blocks.Run();
        if (_rows.LogitCount > 0 && _weights.Output is { } output)
        {
            _buffers.HoldLogits(_rows.LogitCount);
            _pool.Run(_finish, _rows.LogitCount, 8);
            _product.Begin(_buffers.ProductRows(_config.HiddenSize), _rows.LogitCount);
            _product.Add(output, _buffers.Logits, _buffers.LogitStride);
            _product.Run();
            ReplaceLogits();
        }
    }

    /// <summary>Loads an adapter in PEFT's layout, to be applied to the sequences whose steps name it.</summary>
    /// <param name="folder">The adapter's folder.</param>
    /// <returns>Its index, for <see cref="SequenceStep.Adapter"/>.</returns>
    /// <exception cref="InputException">A file is missing or malformed, or the adapter does not fit the model.</exception>
    public int AddAdapter(string folder)
    {
        _adapters.Add(RuntimeAdapter.Load(folder, _weights, _pool));
        return _adapters.Count - 1;
    }

    /// <inheritdoc/>
    public Span<float> Logits(int row)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, _rows.LogitCount);
        return new Span<float>(_buffers.Logits + ((long)row * _buffers.LogitStride), VocabularySize);
    }

    /// <inheritdoc/>
    public void CopyBlock(int from, int to) => _cache.Copy(from, to);

    /// <inheritdoc/>
    public void Dispose()
    {
        _pool.Dispose();
        foreach (RuntimeAdapter adapter in _adapters)
        {
            adapter.Dispose();
        }

        _weights.Dispose();
        _cache.Dispose();
        _rows.Dispose();
        _buffers.Dispose();
    }

    private static ModelConfig Supported(ModelConfig config, string path)
    {
        string? part = config switch
        {
            { Causal: false } => "attention in both directions, which only embeddings use",
            { Positions: not (RotaryPositions or LearnedPositions) } => $"positions of the kind {config.Positions.GetType().Name}",
            { Positions: RotaryPositions { Scaling: DynamicScaling } } => "dynamic rotary scaling, whose angles change with the length",
            { Attention.Pattern: not (FullAttention or WindowAttention { GlobalTokens: 0, Dilation: 1 }) } => $"attention of the kind {config.Attention.Pattern.GetType().Name}",
            { Norm.Placement: NormPlacement.Post } => "norms behind the sublayers in a decoder",
            _ => null,
        };
        return part is null ? config : throw new InvalidFileException(path, string.Create(CultureInfo.InvariantCulture, $"the model has {part}, which the engine does not compute."));
    }

    private void EmbedRows(int from, int to)
    {
        int width = _config.HiddenSize;
        for (int row = from; row < to; row++)
        {
            float* x = _buffers.Residual(row);
            if (_rows.Adapters[row] < 0 || !_adapters[_rows.Adapters[row]].TryEmbed(_rows.Tokens[row], new Span<float>(x, width)))
            {
                StepBuffers.Decode(_weights.TokenEmbedding, _rows.Tokens[row], x, width);
            }

            if (_weights.PositionEmbedding is { } positions)
            {
                float* add = _buffers.SublayerOutput(row);
                StepBuffers.Decode(positions, _rows.Positions[row], add, width);
                RowKernels.Add(x, add, width);
            }
        }
    }

    private void ReplaceLogits()
    {
        for (int i = 0; _rows.Adapted && i < _rows.LogitCount; i++)
        {
            if (_rows.Adapters[_rows.LogitRows[i]] is >= 0 and var adapter)
            {
                _adapters[adapter].ReplaceLogits(_buffers.Normalized(i), _buffers.Logits + ((long)i * _buffers.LogitStride));
            }
        }
    }

    // The rows whose logits are wanted move to the front of the normalized rows.
    private void FinishRows(int from, int to)
    {
        for (int i = from; i < to; i++)
        {
            _blocks.Normalize(_weights.OutputNorm!, _buffers.Residual(_rows.LogitRows[i]), i);
        }
    }
}
