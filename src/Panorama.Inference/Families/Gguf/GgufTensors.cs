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
    private readonly string _path;
    private readonly int _pairSize;
    private readonly float[]? _factors;

    /// <summary>Lists the tensors.</summary>
    /// <param name="config">The model.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="format">The format asked for: F32, F16 or BF16.</param>
    /// <param name="path">Where the weights come from, for messages.</param>
    public GgufTensors(ModelConfig config, IModelWeights weights, TensorFormat format, string path)
    {
        (_weights, _format, _tied, _path) = (weights, format, config.TieEmbeddings, path);
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

        var conversion = new RowConversion(tensor.Format, _path);
        foreach ((WeightShape shape, int layer) in parts)
        {
            if (!_weights.TryGet(shape.Role, layer, out WeightView? view))
            {
                throw new InvalidOperationException($"the weights have no {shape.Role} of layer {layer}");
            }

            bool isRotated = _pairSize > 0 && shape.Role is WeightRole.Query or WeightRole.Key or WeightRole.QueryBias or WeightRole.KeyBias;
            if (shape.IsVector)
            {
                WriteVector(view, conversion, isRotated ? _pairSize : 0, sink);
            }
            else
            {
                WriteRows(view, conversion, isRotated ? _pairSize : 0, sink);
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

    private static void WriteRows(WeightView view, RowConversion conversion, int pairSize, GgufSink sink)
    {
        for (int row = 0; row < view.Rows; row++)
        {
            sink(conversion.Bytes(view, RotaryOrder.Source(row, pairSize)));
        }
    }

    private static void WriteVector(WeightView view, RowConversion conversion, int pairSize, GgufSink sink)
    {
        ReadOnlySpan<float> values = conversion.Singles(view, 0);
        float[] ordered = new float[values.Length];
        for (int i = 0; i < ordered.Length; i++)
        {
            ordered[i] = values[RotaryOrder.Source(i, pairSize)];
        }

        sink(MemoryMarshal.AsBytes<float>(ordered));
    }
}
