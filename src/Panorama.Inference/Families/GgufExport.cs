using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Inference.Families.Gguf;
using Panorama.Quantization.Formats;
using Panorama.Quantization.Gguf;
using Panorama.Quantization.Quantizing;
using Panorama.Tokenization.Serialization;

namespace Panorama.Inference.Families;

/// <summary>Writes a model as one GGUF file: configuration, tokenizer, chat template, suggestions for generation, weights.</summary>
public static class GgufExport
{
    /// <summary>Writes a file, in one piece or not at all.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="format">F32, F16 or BF16, for the matrices (see <see cref="FormatMix"/>). The quantizer makes smaller files out of this one.</param>
    /// <param name="progress">Receives the bytes of weights written so far.</param>
    /// <param name="cancellation">Stops between two rows; the file then stays as it was.</param>
    /// <returns>Bytes of the weights.</returns>
    /// <exception cref="InputException">The format cannot express a part of the model, or a file of it is malformed; names it.</exception>
    /// <exception cref="InvalidFileException">A weight is no finite number, or beyond the range of the format; names the tensor.</exception>
    /// <exception cref="JobException">The disk is full, or the file cannot be written.</exception>
    public static long Write(ModelFiles model, string path, TensorFormat format, IProgress<long>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (!format.IsFloat())
        {
            throw new ArgumentException($"{format} is no floating-point format", nameof(format));
        }

        GgufEntries entries = Metadata(model, format);
        using IModelWeights weights = model.OpenWeights();
        var tensors = new GgufTensors(model.Config, weights, format, model.Path);
        long written = 0;
        GgufWriter.Write(path, entries.All, tensors.All, (tensor, sink) => tensors.Write(tensor, bytes =>
        {
            cancellation.ThrowIfCancellationRequested();
            sink(bytes);
            written += bytes.Length;
            progress?.Report(written);
        }));
        return written;
    }

    private static GgufEntries Metadata(ModelFiles model, TensorFormat format)
    {
        GgufEntries entries = GgufArchitecture.Write(model.Config);
        entries.Add("general.type", GgufValue.Of("model"));
        entries.Add("general.file_type", GgufValue.Of(FormatMix.FileType(format)));
        PoolingMetadata.Write(entries, model.Pooling);
        GenerationMetadata.Write(entries, model.Generation);
        SpecialTokenIds special = model.SpecialTokens;
        var tokenizer = GgufTokenizer.From(model.Tokenizer, model.Config.VocabularySize);
        TokenizerMetadata.Write(entries, tokenizer with
        {
            Bos = tokenizer.Bos ?? special.Bos,
            Eos = special.Eos.Count > 0 ? special.Eos[0] : tokenizer.Eos ?? tokenizer.Separator,
            Padding = special.Pad ?? tokenizer.Padding,
            AddBos = tokenizer.Kind == GgufTokenizerKind.WordPiece ? tokenizer.AddBos : model.AddsBos,
        });
        EndTokens.Write(entries, special.Eos);
        if (model.ChatTemplate is { } template)
        {
            entries.Add("tokenizer.chat_template", GgufValue.Of(template));
        }

        return entries;
    }
}
