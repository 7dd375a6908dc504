using Panorama.Core.Configuration;
using Panorama.Quantization.Gguf;

namespace Panorama.Inference.Families;

/// <summary>A tensor of a model folder to be written, made of the weights that it joins.</summary>
internal sealed class FolderTensor
{
    private readonly List<(WeightShape Shape, int Layer)> _parts = [];
    private readonly bool _isTransposed;

    private FolderTensor(string name, long[] shape, bool isTransposed) => (Name, Shape, _isTransposed) = (name, shape, isTransposed);

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>The shape.</summary>
    public long[] Shape { get; }

    /// <summary>The product of the shape.</summary>
    public long ElementCount => Shape.Aggregate(1L, static (product, dimension) => product * dimension);

    /// <summary>The tensors of a model, in the order of their use.</summary>
    public static IEnumerable<FolderTensor> All(ModelConfig config)
    {
        FamilyNames names = FamilyNames.Of(config.Family);
        var tensors = new Dictionary<string, FolderTensor>(StringComparer.Ordinal);
        foreach (WeightShape shape in WeightShape.OfModel(config))
        {
            Add(shape, 0);
        }

        for (int layer = 0; layer < config.Layers; layer++)
        {
            foreach (WeightShape shape in WeightShape.OfBlock(config))
            {
                Add(shape, layer);
            }
        }

        return tensors.Values;

        void Add(WeightShape shape, int layer)
        {
            TensorPlace place = names.InFolder(shape.Role);
            string name = place.NameIn(names.Prefix, layer);
            if (!tensors.TryGetValue(name, out FolderTensor? tensor))
            {
                tensor = new FolderTensor(name, place.FileShape(shape), place.IsTransposed);
                tensors.Add(name, tensor);
            }

            tensor._parts.Add((shape, layer));
        }
    }

    /// <summary>Gives the tensor's bytes to a sink, some rows at a time.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="conversion">Converts rows.</param>
    /// <param name="sink">Receives the bytes.</param>
    public void Write(IModelWeights weights, RowConversion conversion, GgufSink sink)
    {
        WeightView[] views = [.. _parts.Select(part => weights.TryGet(part.Shape.Role, part.Layer, out WeightView? view)
            ? view
            : throw new InvalidOperationException($"the weights have no {part.Shape.Role} of layer {part.Layer}"))];
        if (_isTransposed)
        {
            WriteTransposed(views, conversion, sink);
            return;
        }

        foreach (WeightView view in views)
        {
            for (int row = 0; row < view.Rows; row++)
            {
                sink(conversion.Bytes(view, row));
            }
        }
    }

    // One matrix is held in singles: the largest of a family that stores them so has 41 MB (GPT-2 XL).
    private static void WriteTransposed(WeightView[] views, RowConversion conversion, GgufSink sink)
    {
        int columns = views[0].Columns;
        int outputs = views.Sum(static v => v.Rows);
        float[] turned = new float[checked(columns * outputs)];
        int output = 0;
        foreach (WeightView view in views)
        {
            for (int row = 0; row < view.Rows; row++, output++)
            {
                ReadOnlySpan<float> values = conversion.Singles(view, row);
                for (int column = 0; column < columns; column++)
                {
                    turned[(column * outputs) + output] = values[column];
                }
            }
        }

        for (int column = 0; column < columns; column++)
        {
            sink(conversion.Bytes(turned.AsSpan(column * outputs, outputs)));
        }
    }
}
