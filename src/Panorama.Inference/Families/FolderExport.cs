using System.Text;
using Panorama.Core;
using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Core.IO;
using Panorama.Core.Safetensors;
using Panorama.Quantization.Formats;
using Panorama.Tokenization;

namespace Panorama.Inference.Families;

/// <summary>Writes a model as a folder in the Hugging Face layout: configuration, tokenizer, chat template, suggestions for generation, weights.</summary>
public static class FolderExport
{
    /// <summary>Writes a folder, which appears whole or not at all.</summary>
    /// <param name="model">The model.</param>
    /// <param name="folder">The folder; there must be none of that name.</param>
    /// <param name="type">F32, F16 or BF16.</param>
    /// <param name="progress">Receives the bytes of weights written so far.</param>
    /// <param name="cancellation">Stops between two rows; there is no folder then.</param>
    /// <returns>Bytes of the weights.</returns>
    /// <exception cref="InputException">The layout cannot express a part of the model, or a file of it is malformed; names it.</exception>
    /// <exception cref="InvalidFileException">A weight is no finite number, or beyond the range of the type; names the tensor.</exception>
    /// <exception cref="JobException">The disk is full, a file cannot be written, or the folder exists.</exception>
    public static long Write(ModelFiles model, string folder, DType type, IProgress<long>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        TensorFormat format = type switch
        {
            DType.F32 => TensorFormat.F32,
            DType.F16 => TensorFormat.F16,
            DType.BF16 => TensorFormat.BF16,
            _ => throw new ArgumentException($"weights of type {type} are not written", nameof(type)),
        };
        byte[] config = HuggingFaceConfig.ToJson(new HuggingFaceModel { Config = model.Config, SpecialTokens = model.SpecialTokens, StoredType = type });
        Tokenizer tokenizer = model.Tokenizer;
        byte[] settings = Settings(model);
        using IModelWeights weights = model.OpenWeights();
        FolderTensor[] tensors = [.. FolderTensor.All(model.Config)];
        long bytes = tensors.Sum(t => t.ElementCount * type.Size());
        AtomicFolder.Write(
            folder,
            temporary =>
            {
                File.WriteAllBytes(Path.Combine(temporary, HuggingFaceConfig.FileName), config);
                File.WriteAllBytes(Path.Combine(temporary, Tokenization.ChatTemplates.TokenizerConfig.FileName), settings);
                (model.Generation with { SpecialTokens = model.SpecialTokens }).Write(Path.Combine(temporary, GenerationConfig.FileName));
                tokenizer.Save(temporary);
                if (model.ChatTemplate is { } template)
                {
                    File.WriteAllBytes(Path.Combine(temporary, Tokenization.ChatTemplates.ChatTemplate.FileName), Encoding.UTF8.GetBytes(template));
                }

                WritePooling(temporary, model);
                using SafetensorsModelWriter writer = SafetensorsModelWriter.Create(temporary, tensors.Select(t => new TensorInfo(t.Name, type, t.Shape)));
                long written = 0;
                foreach (FolderTensor tensor in tensors)
                {
                    tensor.Write(weights, new RowConversion(format, model.Path), part =>
                    {
                        cancellation.ThrowIfCancellationRequested();
                        writer.Append(tensor.Name, part);
                        written += part.Length;
                        progress?.Report(written);
                    });
                }

                writer.Complete();
            },
            bytesNeeded: bytes);
        return bytes;
    }

    private static byte[] Settings(ModelFiles model)
    {
        SpecialTokenIds special = model.SpecialTokens;
        var settings = new TokenizerSettings
        {
            BosToken = Text(special.Bos),
            EosToken = Text(special.Eos.Count > 0 ? special.Eos[0] : null),
            AddBos = model.AddsBos,
            ChatTemplate = model.ChatTemplate,
        };
        return settings.ToJson(model.Config.ContextLength, Text(special.Pad));

        string? Text(int? id) => id is { } token && token < model.Tokenizer.VocabularySize ? model.Tokenizer.IdToToken(token) : null;
    }

    private static void WritePooling(string folder, ModelFiles model)
    {
        if (model.Pooling is not { } pooling)
        {
            return;
        }

        string path = Path.Combine(folder, FolderFiles.PoolingFolder);
        Directory.CreateDirectory(path);
        File.WriteAllBytes(Path.Combine(path, HuggingFaceConfig.FileName), JsonText.Indented(json =>
        {
            json.WriteNumber("word_embedding_dimension", model.Config.HiddenSize);
            json.WriteBoolean("pooling_mode_mean_tokens", pooling == PoolingKind.Mean);
            json.WriteBoolean("pooling_mode_cls_token", pooling == PoolingKind.First);
            json.WriteBoolean("pooling_mode_lasttoken", pooling == PoolingKind.Last);
        }));
    }
}
