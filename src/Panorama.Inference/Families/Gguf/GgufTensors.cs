using System.Buffers;
using System.Runtime.InteropServices;
using Panorama.Core.Configuration;
using Panorama.Quantization.Formats;
using Panorama.Quantization.Gguf;
using Panorama.Quantization.Quantizing;

namespace Panorama.Inference.Families.Gguf;

/// <summary>The tensors of a file to be written, and their bytes, out of weights by role.</summary>
internal sealed class GgufTensors
{
    private readonly IModelWeights _weights;
    private readonly Dictionary<GgufTensor, List<(WeightShape Shape, int Layer)>> _parts = [];
    private readonly List<GgufTensor> _tensors = [];
    private readonly TensorFormat _format;
    private readonly bool _tied;
    private readonly int _pairSize;
    private readonly float[]? _factors;

    /// <summary>Lists the tensors.</summary>
    /// <param name="config">The model.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="format">The format asked for.</param>
    public GgufTensors(ModelConfig config, IModelWeights weights, TensorFormat format)
    {
        (_weights, _format, _tied) = (weights, format, config.TieEmbeddings);
        _pairSize = GgufArchitecture.PairsNeighbours(config) ? config.Attention.HeadSize : 0;
        FamilyNames names = FamilyNames.Of(config.Family);
        var byName = new Dictionary<string, GgufTensor>(StringComparer.Ordinal);
        foreach (WeightShape shape in WeightShape.OfModel(config))
        {
            Add(names, shape, 0, byName);
        }

        _factors = config.Positions is RotaryPositions rotary ? RotaryGguf.Factors(rotary, config.Attention.HeadSize) : null;
        if (_factors is not null)
        {
            _tensors.Add(new GgufTensor(RotaryGguf.FactorsName, TensorFormat.F32, _factors.Length));
        }

        IReadOnlyList<WeightShape> block = WeightShape.OfBlock(config);
        for (int layer = 0; layer < config.Layers; layer++)
        {
            foreach (WeightShape shape in block)
            {
                Add(names, shape, layer, byName);
            }
        }
    }

    /// <summary>The tensors, in the order of the file.</summary>
    public IReadOnlyList<GgufTensor> All => _tensors;

    /// <summary>Gives a tensor's bytes to a sink, some rows at a time.</summary>
    public void Write(GgufTensor tensor, GgufSink sink)
    {
        if (!_parts.TryGetValue(tensor, out List<(WeightShape Shape, int Layer)>? parts))
        {
            sink(MemoryMarshal.AsBytes<float>(_factors));
            return;
        }

        foreach ((WeightShape shape, int layer) in parts)
        {
            if (!_weights.TryGet(shape.Role, layer, out WeightView? view))
            {
                throw new InvalidOperationException($"the weights have no {shape.Role} of layer {layer}");
            }

            bool isRotated = _pairSize > 0 && shape.Role is WeightRole.Query or WeightRole.Key or WeightRole.QueryBias or WeightRole.KeyBias;
            if (shape.IsVector)
            {
                WriteVector(view, isRotated ? _pairSize : 0, sink);
            }
            else
            {
                WriteRows(view, tensor.Format, isRotated ? _pairSize : 0, sink);
            }
        }
    }

    private void Add(FamilyNames names, WeightShape shape, int layer, Dictionary<string, GgufTensor> byName)
    {
        TensorPlace place = names.InGguf(shape.Role);
        string name = place.NameIn("", layer);
        if (!byName.TryGetValue(name, out GgufTensor? tensor))
        {
            long[] inFile = place.FileShape(shape);
            tensor = new GgufTensor(name, FormatMix.Choose(name, inFile, _format, _tied), inFile);
            byName.Add(name, tensor);
            _tensors.Add(tensor);
            _parts.Add(tensor, []);
        }

        _parts[tensor].Add((shape, layer));
    }

    private static void WriteRows(WeightView view, TensorFormat format, int pairSize, GgufSink sink)
    {
        int rowBytes = checked((int)format.RowBytes(view.Columns));
        float[] values = ArrayPool<float>.Shared.Rent(view.Columns);
        byte[] blocks = ArrayPool<byte>.Shared.Rent(rowBytes);
        for (int row = 0; row < view.Rows; row++)
        {
            ReadOnlySpan<byte> source = view.Row(RotaryOrder.Source(row, pairSize));
            if (view.Format != format)
            {
                BlockCodec.Dequantize(view.Format, source, values.AsSpan(0, view.Columns));
                BlockCodec.Quantize(format, values.AsSpan(0, view.Columns), blocks.AsSpan(0, rowBytes));
                source = blocks.AsSpan(0, rowBytes);
            }

            sink(source);
        }

        ArrayPool<float>.Shared.Return(values);
        ArrayPool<byte>.Shared.Return(blocks);
    }

    private static void WriteVector(WeightView view, int pairSize, GgufSink sink)
    {
        float[] values = new float[view.Columns];
        BlockCodec.Dequantize(view.Format, view.Row(0), values);
        float[] ordered = new float[values.Length];
        for (int i = 0; i < ordered.Length; i++)
        {
            ordered[i] = values[RotaryOrder.Source(i, pairSize)];
        }

        sink(MemoryMarshal.AsBytes<float>(ordered));
    }
}
