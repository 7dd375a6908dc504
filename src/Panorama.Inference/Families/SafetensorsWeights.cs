using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Panorama.Core;
using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Core.Safetensors;
using Panorama.Quantization.Formats;

namespace Panorama.Inference.Families;

/// <summary>The weights of a model folder, mapped: F32, F16 or BF16.</summary>
public sealed unsafe class SafetensorsWeights : IModelWeights
{
    private readonly SafetensorsModel _model;
    private readonly WeightTable _table = new();

    private SafetensorsWeights(SafetensorsModel model) => _model = model;

    /// <summary>Maps the weights and checks names, shapes and types against the configuration.</summary>
    /// <param name="folder">Holds <c>model.safetensors</c> or its sharded form.</param>
    /// <param name="config">The model.</param>
    /// <exception cref="InputException">There are no weights, or a file cannot be read.</exception>
    /// <exception cref="InvalidFileException">A tensor is missing, has another shape, is of a type that is not run, or does not belong to the model; it is named.</exception>
    public static SafetensorsWeights Open(string folder, ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var weights = new SafetensorsWeights(SafetensorsModel.Open(folder));
        try
        {
            weights.Fill(config);
            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public bool TryGet(WeightRole role, int layer, [NotNullWhen(true)] out WeightView? weight) => _table.TryGet(role, layer, out weight);

    /// <inheritdoc/>
    public void ReleasePages() => _model.ReleasePages();

    /// <summary>Unmaps the files: no view may be used any more.</summary>
    public void Dispose()
    {
        _table.Dispose();
        _model.Dispose();
    }

    private void Fill(ModelConfig config)
    {
        FamilyNames names = FamilyNames.Of(config.Family);
        string prefix = PrefixOf(names);
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (WeightShape shape in WeightShape.OfModel(config))
        {
            Add(names.InFolder(shape.Role), prefix, shape, 0, known);
        }

        IReadOnlyList<WeightShape> block = WeightShape.OfBlock(config);
        for (int layer = 0; layer < config.Layers; layer++)
        {
            foreach (WeightShape shape in block)
            {
                Add(names.InFolder(shape.Role), prefix, shape, layer, known);
            }
        }

        foreach (TensorInfo tensor in _model.Tensors)
        {
            if (!known.Contains(tensor.Name) && !names.IsIdle(tensor.Name, config))
            {
                throw new InvalidFileException(_model.Folder, $"holds {tensor}, which the model of its {HuggingFaceConfig.FileName} does not have.");
            }
        }
    }

    // Bare models are saved without the name of the part that holds them.
    private string PrefixOf(FamilyNames names)
    {
        TensorPlace embedding = names.InFolder(WeightRole.TokenEmbedding);
        bool isBare = !_model.TryGet(embedding.NameIn(names.Prefix, 0), out _, out _) && _model.TryGet(embedding.NameIn("", 0), out _, out _);
        return isBare ? "" : names.Prefix;
    }

    private void Add(TensorPlace place, string prefix, WeightShape shape, int layer, HashSet<string> known)
    {
        (TensorInfo tensor, SafetensorsFile file) = _model.Require(place.NameIn(prefix, layer), place.FileShape(shape));
        known.Add(tensor.Name);
        TensorFormat format = FormatOf(tensor, file);
        byte* data = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(file.Bytes(tensor, 0, 0)));
        long outputBytes = format.RowBytes(1);
        if (place.IsTransposed)
        {
            long stride = (long)shape.Rows * place.Parts;
            byte* first = data + (place.Part * shape.Rows * outputBytes);
            _table.AddCopy(shape.Role, layer, tensor.Name, format, shape.Rows, shape.Columns, copy =>
            {
                if (outputBytes == sizeof(float))
                {
                    Transposition.Copy((float*)first, stride, (float*)copy, shape.Rows, shape.Columns);
                }
                else
                {
                    Transposition.Copy((ushort*)first, stride, (ushort*)copy, shape.Rows, shape.Columns);
                }
            });
            return;
        }

        data += (long)place.Part * shape.Rows * format.RowBytes(shape.Columns);
        _table.Add(shape.Role, layer, new WeightView(tensor.Name, format, shape.Rows, shape.Columns, data));
    }

    private static TensorFormat FormatOf(TensorInfo tensor, SafetensorsFile file) => tensor.DType switch
    {
        DType.F32 => TensorFormat.F32,
        DType.F16 => TensorFormat.F16,
        DType.BF16 => TensorFormat.BF16,
        _ => throw new InvalidFileException(file.Path, $"tensor {tensor} is of a type that is not run; supported: F32, F16, BF16."),
    };
}
