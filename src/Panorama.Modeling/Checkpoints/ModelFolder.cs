using Panorama.Core;
using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Core.IO;
using Panorama.Core.Safetensors;
using Panorama.Modeling.Families;
using Panorama.Modeling.Parameters;
using static TorchSharp.torch;

namespace Panorama.Modeling.Checkpoints;

/// <summary>A model in the Hugging Face layout: <c>config.json</c>, <c>generation_config.json</c>, <c>model.safetensors</c>.</summary>
public static class ModelFolder
{
    /// <summary>Writes the model's files. The tokenizer's files are the caller's.</summary>
    /// <param name="folder">An existing folder without weights.</param>
    /// <param name="model">An allocated model.</param>
    /// <param name="tokens">Its special tokens.</param>
    /// <param name="generation">How to generate by default.</param>
    /// <exception cref="JobException">The disk is full or a file cannot be written.</exception>
    public static void Save(string folder, DecoderModel model, SpecialTokenIds tokens, GenerationConfig generation)
    {
        WeightFiles.Save(folder, model.Parameters!, model.Parameters!.Data);
        HuggingFaceConfig.Write(Path.Combine(folder, HuggingFaceConfig.FileName), new HuggingFaceModel { Config = model.Config, SpecialTokens = tokens, StoredType = DType.F32 });
        generation.Write(Path.Combine(folder, GenerationConfig.FileName));
    }

    /// <summary>What an adapter's file keeps of its base: the SHA-256 of each weights file, by name.</summary>
    /// <param name="folder">The model folder.</param>
    /// <exception cref="InputException">There are no weights, or a file cannot be read.</exception>
    public static IReadOnlyDictionary<string, string> WeightsHash(string folder)
    {
        using SafetensorsModel files = SafetensorsModel.Open(folder);
        return files.Files.ToDictionary(f => $"base:{Path.GetFileName(f.Path)}", f => FileHash.Sha256(f.Path).Sha256, StringComparer.Ordinal);
    }

    /// <summary>Loads a model.</summary>
    /// <param name="folder">The model folder.</param>
    /// <param name="device">Where it goes; <see langword="null"/>: the CPU.</param>
    /// <param name="trainable">Whether gradients are kept.</param>
    /// <param name="bits">Bits in which the hidden matrices are held: 32, or 8 or 4 as a frozen base on the CPU.</param>
    /// <returns>The model, to be disposed by the caller, and its special tokens.</returns>
    /// <exception cref="InputException">A file is missing or malformed, a tensor is missing or wrong (it is named), or the memory does not suffice.</exception>
    public static (DecoderModel Model, SpecialTokenIds Tokens) Load(string folder, Device? device = null, bool trainable = false, int bits = 32)
    {
        string config = Path.Combine(folder, HuggingFaceConfig.FileName);
        if (!File.Exists(config))
        {
            throw new InputException(Directory.Exists(folder)
                ? $"{folder} is no model folder: it has no {HuggingFaceConfig.FileName}.{Nearby(folder)}"
                : $"The model folder {folder} does not exist. Train one with 'panorama demo', or check the path.");
        }

        HuggingFaceModel description = HuggingFaceConfig.Read(config);
        var model = new DecoderModel(description.Config);
        try
        {
            // What the files say of themselves comes first: a wrong config.json must not cost the machine its memory.
            WeightFiles.Check(folder, model.Weights.SelectMany(w => w.Parts));
            if (bits < 32)
            {
                WeightFiles.LoadQuantized(folder, model, bits);
                return (model, description.SpecialTokens);
            }

            if (device is null || device.type == TorchSharp.DeviceType.CPU)
            {
                new MemoryNeed(model.Config, model.ParameterCount).RequireToLoad(folder, trainable);
            }

            model.Allocate(device, trainable: trainable);
            WeightFiles.Load(folder, model.Parameters!, model.Parameters!.Data);
            return (model, description.SpecialTokens);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    // The folder of a run holds its model in a folder of that name.
    private static string Nearby(string folder)
    {
        string model = Path.Combine(folder, "model");
        return File.Exists(Path.Combine(model, HuggingFaceConfig.FileName)) ? $" Did you mean {model}?" : "";
    }
}
