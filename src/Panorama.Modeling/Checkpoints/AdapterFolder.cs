using Panorama.Core;
using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Core.IO;
using Panorama.Core.Safetensors;
using Panorama.Modeling.Adapters;
using Panorama.Modeling.Families;
using Panorama.Modeling.Native;
using Panorama.Modeling.Parameters;
using static TorchSharp.torch;

namespace Panorama.Modeling.Checkpoints;

/// <summary>An adapter in the PEFT layout: <c>adapter_config.json</c>, <c>adapter_model.safetensors</c>.</summary>
public static class AdapterFolder
{
    /// <summary>Name of the weights within an adapter folder.</summary>
    public const string WeightsName = "adapter_model.safetensors";

    /// <summary>Writes an adapter's files.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="adapter">An allocated adapter.</param>
    /// <param name="metadata">Kept in the weights file's header, beside <c>format</c>.</param>
    /// <exception cref="JobException">The disk is full or a file cannot be written.</exception>
    public static void Save(string folder, LoraAdapter adapter, IReadOnlyDictionary<string, string>? metadata = null)
    {
        FlatParameters parameters = adapter.Parameters!;
        (ParameterSpec Spec, long Start)[] places = [.. parameters.Places];
        var header = new Dictionary<string, string>(metadata ?? new Dictionary<string, string>(StringComparer.Ordinal), StringComparer.Ordinal) { ["format"] = "pt" };
        using SafetensorsWriter writer = SafetensorsWriter.Create(Path.Combine(folder, WeightsName), places.Select(p => new TensorInfo(p.Spec.Name, DType.F32, [.. p.Spec.Shape])), header);
        foreach ((ParameterSpec spec, long start) in places)
        {
            using Tensor view = FlatParameters.ViewOf(parameters.Data, spec, start);
            using Tensor detached = view.detach();
            using Tensor host = detached.cpu();
            using Tensor single = host.to(ScalarType.Float32);
            writer.AppendValues<float>(spec.Name, TensorMemory.Span<float>(single));
        }

        writer.Complete();
        PeftConfig.Write(Path.Combine(folder, PeftConfig.FileName), adapter.Config);
    }

    /// <summary>Loads an adapter for a model.</summary>
    /// <param name="folder">The adapter folder.</param>
    /// <param name="model">The allocated base.</param>
    /// <param name="baseFolder">Where the base came from: an adapter that names the hashes of its base is refused on other weights.</param>
    /// <returns>The adapter, not yet in use; the caller disposes it.</returns>
    /// <exception cref="InputException">A file is missing or malformed, or does not fit the model; the tensor and both shapes are named. Or it was trained on another base.</exception>
    public static LoraAdapter Load(string folder, DecoderModel model, string? baseFolder = null)
    {
        string config = Path.Combine(folder, PeftConfig.FileName);
        if (!File.Exists(config))
        {
            throw new InputException(Directory.Exists(folder)
                ? $"{folder} is no adapter folder: it has no {PeftConfig.FileName}."
                : $"The adapter folder {folder} does not exist. Train one with 'panorama finetune --lora.r 8', or check the path.");
        }

        LoraConfig settings = PeftConfig.Read(config);
        LoraAdapter adapter;
        try
        {
            adapter = new LoraAdapter(model, settings);
        }
        catch (InputException e) when (e is not InvalidFileException)
        {
            throw new InvalidFileException(config, e.Message, e);
        }

        try
        {
            adapter.Allocate(trainable: false);
            Fill(Path.Combine(folder, WeightsName), adapter.Parameters!, settings.EnsureWeightTying && model.Config.TieEmbeddings);
            if (baseFolder is not null)
            {
                RequireItsBase(baseFolder, folder);
            }

            return adapter;
        }
        catch
        {
            adapter.Dispose();
            throw;
        }
    }

    // Adapters of other tools do not say which weights they belong to.
    private static void RequireItsBase(string baseFolder, string folder)
    {
        KeyValuePair<string, string>[] expected;
        using (var file = SafetensorsFile.Open(Path.Combine(folder, WeightsName)))
        {
            expected = [.. file.Metadata.Where(m => m.Key.StartsWith("base:", StringComparison.Ordinal))];
        }

        if (expected.Length == 0)
        {
            return;
        }

        IReadOnlyDictionary<string, string> found = ModelFolder.WeightsHash(baseFolder);
        if (found.Count != expected.Length || expected.Any(e => !found.TryGetValue(e.Key, out string? hash) || hash != e.Value))
        {
            throw new InputException($"{folder} was trained on other weights than those of {baseFolder}: their hashes differ. Name the model it was trained on, in {PeftConfig.FileName} under base_model_name_or_path.");
        }
    }

    private static void Fill(string path, FlatParameters parameters, bool sharesTables)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        HashSet<string> known = new(StringComparer.Ordinal);
        foreach ((ParameterSpec spec, long start) in parameters.Places)
        {
            TensorInfo info = Require(file, spec, sharesTables);
            known.Add(info.Name);
            using Tensor view = FlatParameters.ViewOf(parameters.Data, spec, start);
            WeightFiles.Fill(view, info, file);
        }

        // Where input and output are tied, some files hold what they share under both names.
        if (file.Tensors.FirstOrDefault(t => !known.Contains(t.Name) && !(sharesTables && t.Name == PeftNames.Saved(DecoderModel.OutputName))) is { } stranger)
        {
            throw new InvalidFileException(path, $"holds {stranger}, which the adapter of its {PeftConfig.FileName} does not have on this model. Use the model it was trained on.");
        }
    }

    private static TensorInfo Require(SafetensorsFile file, ParameterSpec spec, bool sharesTables)
    {
        // Some versions of PEFT write the magnitude with an ending, and a shared table under the name of the output.
        string shared = sharesTables && spec.Name.EndsWith($"{LoraConfig.Embedding}.weight", StringComparison.Ordinal) ? PeftNames.Saved(DecoderModel.OutputName) : spec.Name;
        if (!file.TryGet(spec.Name, out TensorInfo? found) && !file.TryGet(spec.Name + ".weight", out found) && !file.TryGet(shared, out found))
        {
            throw new InvalidFileException(file.Path, $"has no tensor {Shown.Quote(spec.Name)}, which {PeftConfig.FileName} and the model ask for; expected is one of shape [{string.Join(", ", spec.Shape)}].");
        }

        return found.Shape.SequenceEqual(spec.Shape)
            ? found
            : throw new InvalidFileException(file.Path, $"tensor {Shown.Quote(found.Name)} has the shape [{string.Join(", ", found.Shape)}]; expected is [{string.Join(", ", spec.Shape)}].");
    }
}
