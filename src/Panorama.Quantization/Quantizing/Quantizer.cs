using System.Globalization;
using System.IO.Enumeration;
using Panorama.Core.Errors;
using Panorama.Core.IO;
using Panorama.Quantization.Formats;
using Panorama.Quantization.Gguf;

namespace Panorama.Quantization.Quantizing;

/// <summary>
/// Writes a GGUF file with other formats for its matrices (see <see cref="FormatMix"/>): the metadata is kept but for
/// <c>general.file_type</c> and <c>general.quantization_version</c>. Memory stays at some megabytes a thread, and the result
/// does not depend on the number of threads.
/// </summary>
public static class Quantizer
{
    private const string FileTypeKey = "general.file_type", VersionKey = "general.quantization_version", SplitKey = "split.count";

    // The layouts of the block formats have had this version since May 2023.
    private const uint LayoutVersion = 2;

    /// <summary>Quantizes a file.</summary>
    /// <param name="input">A GGUF file of any supported formats. From one that is quantized already more is lost than from its original.</param>
    /// <param name="output">The new file; its folder exists.</param>
    /// <param name="options">What to make.</param>
    /// <param name="progress">Told how far it is; may be null.</param>
    /// <param name="cancellation">Stops the work; the output is then not written.</param>
    /// <exception cref="InputException">A file, an override or an option is wrong.</exception>
    /// <exception cref="JobException">The output cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public static QuantizationReport Run(string input, string output, QuantizerOptions options, IProgress<QuantizerProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        int threads = Require.That(options.Threads is >= 1 and <= 1024, options.Threads, "threads", "1 to 1024");
        using var file = GgufFile.Open(input);
        if (Path.GetFullPath(input) == Path.GetFullPath(output))
        {
            throw new InputException($"{output}: is the file to be read as well. Choose another name for the result.");
        }

        if (file.Metadata.FindInteger(SplitKey) is > 1 and long parts)
        {
            throw new InputException(string.Create(CultureInfo.InvariantCulture, $"{input}: is one of {parts} parts of a model. Merge them into one file first."));
        }

        GgufTensor[] tensors = Plan(file, options);
        var conversion = new TensorConversion(threads, cancellation);
        var done = new List<QuantizedTensor>(tensors.Length);
        (long written, long total) = (0, tensors.Sum(static tensor => tensor.ByteCount));
        GgufWriter.Write(output, Metadata(file.Metadata, options.Format), tensors, (tensor, sink) =>
            done.Add(conversion.Run(file, file.Get(tensor.Name), tensor.Format, bytes =>
            {
                sink(bytes);
                written += bytes.Length;
                progress?.Report(new QuantizerProgress(written, total));
            })));
        return new QuantizationReport { BytesBefore = file.Length, Bytes = new FileInfo(output).Length, Tensors = done };
    }

    /// <summary>The tensors that a file will have, in its order: their formats and sizes.</summary>
    /// <param name="file">The file to be quantized.</param>
    /// <param name="options">What to make.</param>
    /// <exception cref="InputException">An override names no tensor, or a format that the tensor's rows do not fit.</exception>
    public static GgufTensor[] Plan(GgufFile file, QuantizerOptions options)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(options);
        foreach (TensorOverride wanted in options.Overrides)
        {
            if (!file.Tensors.Any(tensor => FileSystemName.MatchesSimpleExpression(wanted.Pattern, tensor.Name, ignoreCase: false)))
            {
                throw new InputException($"{file.Path}: has no tensor that matches {Shown.Quote(wanted.Pattern)}.");
            }
        }

        bool tied = !file.TryGet("output.weight", out _);
        var tensors = new GgufTensor[file.Tensors.Count];
        for (int i = 0; i < tensors.Length; i++)
        {
            GgufTensor tensor = file.Tensors[i];
            TensorFormat format = Override(tensor, options.Overrides) ?? FormatMix.Choose(tensor.Name, tensor.Shape, options.Format, tied);
            tensors[i] = tensor.Columns % format.BlockLength() == 0
                ? new GgufTensor(tensor.Name, format, tensor.Shape)
                : throw new InputException(string.Create(CultureInfo.InvariantCulture, $"{file.Path}: tensor {tensor} cannot be stored as {format}: {tensor.Columns} columns are no multiple of {format.BlockLength()}."));
        }

        return tensors;
    }

    private static TensorFormat? Override(GgufTensor tensor, IReadOnlyList<TensorOverride> overrides)
    {
        foreach (TensorOverride wanted in overrides)
        {
            if (FileSystemName.MatchesSimpleExpression(wanted.Pattern, tensor.Name, ignoreCase: false))
            {
                return wanted.Format;
            }
        }

        return null;
    }

    private static IEnumerable<KeyValuePair<string, GgufValue>> Metadata(GgufMetadata metadata, TensorFormat format)
    {
        var fileType = GgufValue.Of(FormatMix.FileType(format));
        var version = GgufValue.Of(LayoutVersion);
        foreach ((string key, GgufValue value) in metadata)
        {
            yield return new(key, key switch { FileTypeKey => fileType, VersionKey => version, _ => value });
        }

        if (!metadata.TryGet(FileTypeKey, out _))
        {
            yield return new(FileTypeKey, fileType);
        }

        if (!metadata.TryGet(VersionKey, out _))
        {
            yield return new(VersionKey, version);
        }
    }
}
