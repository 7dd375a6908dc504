using System.Diagnostics.CodeAnalysis;
using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Inference.Families.Gguf;
using Panorama.Quantization.Formats;
using Panorama.Quantization.Gguf;

namespace Panorama.Inference.Families;

/// <summary>The weights of a GGUF file, mapped, in any format of <see cref="TensorFormat"/>.</summary>
public sealed unsafe class GgufWeights : IModelWeights
{
    private readonly GgufFile _file;
    private readonly WeightTable _table = new();

    private GgufWeights(GgufFile file) => _file = file;

    /// <summary>Checks names, shapes and formats against the configuration.</summary>
    /// <param name="file">The file, which stays the caller's and must outlive the weights.</param>
    /// <param name="config">The model.</param>
    /// <exception cref="InvalidFileException">A tensor is missing, has another shape, or does not belong to the model; it is named.</exception>
    public static GgufWeights Open(GgufFile file, ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(config);
        var weights = new GgufWeights(file);
        weights.Fill(config);
        return weights;
    }

    /// <inheritdoc/>
    public bool TryGet(WeightRole role, int layer, [NotNullWhen(true)] out WeightView? weight) => _table.TryGet(role, layer, out weight);

    /// <inheritdoc/>
    public void ReleasePages() => _file.ReleasePages();

    /// <summary>Frees the copies of reordered biases.</summary>
    public void Dispose() => _table.Dispose();

    private void Fill(ModelConfig config)
    {
        FamilyNames names = FamilyNames.Of(config.Family);
        var known = new HashSet<string>(StringComparer.Ordinal) { RotaryGguf.FactorsName };
        int pairSize = GgufArchitecture.PairsNeighbours(config) ? config.Attention.HeadSize : 0;
        foreach (WeightShape shape in WeightShape.OfModel(config))
        {
            Add(names.InGguf(shape.Role), shape, 0, 0, known);
        }

        IReadOnlyList<WeightShape> block = WeightShape.OfBlock(config);
        for (int layer = 0; layer < config.Layers; layer++)
        {
            foreach (WeightShape shape in block)
            {
                bool isRotated = shape.Role is WeightRole.Query or WeightRole.Key or WeightRole.QueryBias or WeightRole.KeyBias;
                Add(names.InGguf(shape.Role), shape, layer, isRotated ? pairSize : 0, known);
            }
        }

        foreach (GgufTensor tensor in _file.Tensors)
        {
            if (!known.Contains(tensor.Name) && !names.IsIdleInGguf(tensor.Name))
            {
                throw new InvalidFileException(_file.Path, $"holds {tensor}, which the model of its metadata does not have.");
            }
        }
    }

    private void Add(TensorPlace place, WeightShape shape, int layer, int pairSize, HashSet<string> known)
    {
        string name = place.NameIn("", layer);
        long[] expected = place.FileShape(shape);
        GgufTensor tensor = _file.TryGet(name, out GgufTensor? found)
            ? found
            : throw new InvalidFileException(_file.Path, $"has no tensor '{name}'; expected is one of shape [{string.Join(", ", expected)}].");
        if (!tensor.Shape.AsSpan().SequenceEqual(expected))
        {
            throw new InvalidFileException(_file.Path, $"tensor {tensor} is not of the shape [{string.Join(", ", expected)}].");
        }

        if (shape.IsVector && !tensor.Format.IsFloat())
        {
            throw new InvalidFileException(_file.Path, $"tensor {tensor} is a norm or a bias; these are supported in F32, F16, BF16 alone.");
        }

        known.Add(name);
        TensorFormat format = tensor.Format;
        byte* data = _file.Data(tensor) + ((long)place.Part * shape.Rows * format.RowBytes(shape.Columns));
        if (shape.IsVector && pairSize > 0)
        {
            // One value a row, so that the view puts the values in order.
            var values = new WeightView(name, format, shape.Columns, 1, data, pairSize);
            _table.AddCopy(shape.Role, layer, name, format, 1, shape.Columns, copy => CopyRows(values, copy));
            return;
        }

        _table.Add(shape.Role, layer, new WeightView(name, format, shape.Rows, shape.Columns, data, pairSize));
    }

    private static void CopyRows(WeightView source, byte* destination)
    {
        for (int row = 0; row < source.Rows; row++)
        {
            source.Row(row).CopyTo(new Span<byte>(destination + ((long)row * source.RowBytes), source.RowBytes));
        }
    }
}
