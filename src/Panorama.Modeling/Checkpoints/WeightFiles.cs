using Panorama.Core;
using Panorama.Core.Errors;
using Panorama.Core.Safetensors;
using Panorama.Modeling.Blocks;
using Panorama.Modeling.Families;
using Panorama.Modeling.Native;
using Panorama.Modeling.Parameters;
using Panorama.Modeling.Quantized;
using TorchSharp;
using static TorchSharp.torch;

namespace Panorama.Modeling.Checkpoints;

/// <summary>Reads and writes the weights of a model as safetensors, by parameter name.</summary>
public static class WeightFiles
{
    private const int ReadPiece = 1 << 16;

    /// <summary>Writes every parameter, or any flat buffer of the same layout, as F32 or F64.</summary>
    /// <param name="folder">An existing folder without weights.</param>
    /// <param name="parameters">The layout.</param>
    /// <param name="flat">The buffer to write: the weights, or an optimizer's moments.</param>
    /// <exception cref="JobException">The disk is full or a file cannot be written.</exception>
    public static void Save(string folder, FlatParameters parameters, Tensor flat)
    {
        DType type = flat.dtype == ScalarType.Float64 ? DType.F64 : DType.F32;
        (ParameterSpec Spec, long Start)[] places = [.. parameters.Places];
        using SafetensorsModelWriter writer = SafetensorsModelWriter.Create(folder, places.Select(p => new TensorInfo(p.Spec.Name, type, [.. p.Spec.Shape])));
        foreach ((ParameterSpec spec, long start) in places)
        {
            using Tensor view = FlatParameters.ViewOf(flat, spec, start);
            using Tensor host = view.cpu();
            Append(writer, spec, host, type);
        }

        writer.Complete();
    }

    /// <summary>Compares the headers of a model folder's files with the parameters expected, before any memory is taken for them.</summary>
    /// <param name="folder">Holds <c>model.safetensors</c> or its sharded form.</param>
    /// <param name="expected">The parameters.</param>
    /// <exception cref="InvalidFileException">A tensor is missing, has another shape, or does not belong to the model; it is named.</exception>
    public static void Check(string folder, IEnumerable<ParameterSpec> expected)
    {
        using SafetensorsModel model = SafetensorsModel.Open(folder);
        Check(model, expected);
    }

    /// <summary>Reads every parameter of a model folder into a flat buffer of the layout; any floating-point type is converted.</summary>
    /// <param name="folder">Holds <c>model.safetensors</c> or its sharded form.</param>
    /// <param name="parameters">The layout.</param>
    /// <param name="flat">The buffer to fill.</param>
    /// <exception cref="InvalidFileException">A tensor is missing, has another shape, or does not belong to the model; it is named.</exception>
    public static void Load(string folder, FlatParameters parameters, Tensor flat)
    {
        using SafetensorsModel model = SafetensorsModel.Open(folder);
        Check(model, parameters.Places.Select(p => p.Spec));
        Fill(model, parameters, flat);
    }

    /// <summary>Reads a model folder, already checked, into a frozen base whose hidden matrices are held in 8 or 4 bits; one matrix at a time is in float32.</summary>
    /// <param name="folder">Holds <c>model.safetensors</c> or its sharded form.</param>
    /// <param name="model">The model, without memory.</param>
    /// <param name="bits">8 or 4.</param>
    /// <exception cref="InvalidFileException">A tensor is missing or has another shape; it is named.</exception>
    internal static void LoadQuantized(string folder, DecoderModel model, int bits)
    {
        using SafetensorsModel file = SafetensorsModel.Open(folder);
        FlatParameters rest = model.AllocateQuantized(out DequantizedBuffer buffer);
        Fill(file, rest, rest.Data);
        foreach (Linear linear in model.Linears)
        {
            using var scope = NewDisposeScope();
            Tensor room = buffer.Room(linear.Weight.Count);
            long start = 0;
            foreach (ParameterSpec spec in linear.Weight.Parts)
            {
                (TensorInfo info, SafetensorsFile part) = file.Require(spec.Name, [.. spec.Shape]);
                Fill(room.narrow(0, start, spec.Count), info, part);
                start += spec.Count;
            }

            linear.Quantize(new QuantizedMatrix(TensorMemory.Span<float>(room), bits), buffer);
        }
    }

    private static void Fill(SafetensorsModel model, FlatParameters parameters, Tensor flat)
    {
        foreach ((ParameterSpec spec, long start) in parameters.Places)
        {
            (TensorInfo info, SafetensorsFile file) = model.Require(spec.Name, [.. spec.Shape]);
            using Tensor view = FlatParameters.ViewOf(flat, spec, start);
            Fill(view, info, file);
        }
    }

    private static void Check(SafetensorsModel model, IEnumerable<ParameterSpec> expected)
    {
        HashSet<string> known = new(StringComparer.Ordinal);
        foreach (ParameterSpec spec in expected)
        {
            known.Add(spec.Name);
            model.Require(spec.Name, [.. spec.Shape]);
        }

        // Some files repeat the tied embedding as the output projection, or keep the rotary table.
        TensorInfo? stranger = model.Tensors.FirstOrDefault(t => !known.Contains(t.Name) && t.Name != "lm_head.weight" && !t.Name.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal));
        if (stranger is not null)
        {
            throw new InvalidFileException(model.Folder, $"holds {stranger}, which the model of its config.json does not have.");
        }
    }

    private static void Append(SafetensorsModelWriter writer, ParameterSpec spec, Tensor host, DType type)
    {
        if (type == DType.F64)
        {
            writer.AppendValues<double>(spec.Name, TensorMemory.Span<double>(host));
        }
        else
        {
            writer.AppendValues<float>(spec.Name, TensorMemory.Span<float>(host));
        }
    }

    /// <summary>Reads a tensor into memory of its shape, converting its type.</summary>
    /// <param name="view">Receives the values.</param>
    /// <param name="info">The tensor.</param>
    /// <param name="file">The file that holds it.</param>
    internal static unsafe void Fill(Tensor view, TensorInfo info, SafetensorsFile file)
    {
        bool direct = (info.DType == DType.F32 && view.dtype == ScalarType.Float32) || (info.DType == DType.F64 && view.dtype == ScalarType.Float64);
        if (direct && view.device_type == DeviceType.CPU)
        {
            file.CopyTo(info, TensorMemory.Address(view), info.ByteCount);
            return;
        }

        using IDisposable quiet = no_grad();
        using Tensor flatView = view.view(-1);
        using Tensor piece = empty(Math.Min(ReadPiece, info.ElementCount), ScalarType.Float32);
        for (long first = 0; first < info.ElementCount; first += ReadPiece)
        {
            int count = (int)Math.Min(ReadPiece, info.ElementCount - first);
            file.ReadSingles(info, first, TensorMemory.Span<float>(piece)[..count]);
            using Tensor target = flatView.narrow(0, first, count);
            using Tensor source = piece.narrow(0, 0, count);
            using Tensor copied = target.copy_(source);
        }
    }
}
