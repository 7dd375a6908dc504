using System.Globalization;
using Panorama.Core.Errors;

namespace Panorama.Evaluation.Baselines;

/// <summary>Bounds of the compression baseline. Validated when made.</summary>
public sealed record CompressionOptions
{
    /// <summary>Training text the compressor is primed with at most, in bytes; default 16 MiB, about 20 s of one core.</summary>
    public int MaxPrimingBytes { get; init => field = Require.That(value is >= 0 and <= 1 << 28, value, "the priming text", "0 to 268,435,456 bytes"); } = 16 << 20;

    /// <summary>Held-out text compressed at most, in bytes; default 4 MiB.</summary>
    public int MaxHeldOutBytes { get; init => field = Require.That(value is >= 1 and <= 1 << 28, value, "the held-out text", "1 to 268,435,456 bytes"); } = 4 << 20;
}

/// <summary>What a general compressor makes of the held-out text.</summary>
public sealed record CompressionResult
{
    /// <summary>What was really run, for people.</summary>
    public required string Name { get; init; }

    /// <summary>(size(training + held-out) − size(training)) × 8 / held-out bytes.</summary>
    public required double BitsPerByte { get; init; }

    /// <summary>Bytes of training text used.</summary>
    public required long PrimingBytes { get; init; }

    /// <summary>Whether training text was left out because of the limit.</summary>
    public required bool PrimingCapped { get; init; }

    /// <summary>Bytes of held-out text used.</summary>
    public required long HeldOutBytes { get; init; }

    /// <summary>Whether held-out text was left out because of the limit.</summary>
    public required bool HeldOutCapped { get; init; }
}

/// <summary>
/// The baseline for bits per byte: how small LZMA makes the held-out text when it has just compressed the training
/// text, with everything inside its dictionary. A model that does no better has learnt nothing but repetition.
/// </summary>
/// <remarks>
/// LZMA is the method of <c>xz</c>; the settings are those of <c>xz -9e</c> where they matter (binary tree over 4 bytes,
/// matches of up to 273 bytes): on 16 MB of documentation the result is within 0.1 % of that of xz itself. Documents are joined by a line
/// feed whose cost counts, as a model's end-of-text token does, while the bytes divided by are those of the documents.
/// Memory is about 10 bytes per byte of text. It runs on the calling thread; give it one of its own to overlap training.
/// </remarks>
public static class CompressionBaseline
{
    /// <summary>Measures the baseline.</summary>
    /// <param name="training">Training documents; read until the limit, the rest is left out.</param>
    /// <param name="heldOut">Held-out documents; read until the limit.</param>
    /// <param name="options">Limits; <see langword="null"/>: the defaults.</param>
    /// <param name="progress">Told the share done, 0 to 1.</param>
    /// <param name="cancellation">Stops within a fraction of a second.</param>
    /// <exception cref="InputException">The held-out text is empty.</exception>
    public static CompressionResult Measure(
        IEnumerable<string> training,
        IEnumerable<string> heldOut,
        CompressionOptions? options = null,
        IProgress<double>? progress = null,
        CancellationToken cancellation = default)
    {
        options ??= new CompressionOptions();
        JoinedText target = JoinedText.Read(heldOut, options.MaxHeldOutBytes, cancellation);
        if (target.DocumentBytes == 0)
        {
            throw new InputException("There is no held-out text to compress; give at least one document that is not empty.");
        }

        JoinedText priming = JoinedText.Read(training, options.MaxPrimingBytes, cancellation);
        var pass = new PrimedPass(priming.Bytes, target.Bytes, progress, cancellation);
        long compressed = pass.HeldOutSize();
        return new CompressionResult
        {
            Name = string.Create(
                CultureInfo.InvariantCulture,
                $"LZMA (SharpCompress encoder, {PrimedPass.FastBytes} fast bytes, dictionary {pass.DictionarySize >> 20} MiB, primed with {priming.Bytes.Length / 1048576.0:0.0} MiB of training text)"),
            BitsPerByte = compressed * 8.0 / target.DocumentBytes,
            PrimingBytes = priming.DocumentBytes,
            PrimingCapped = priming.Capped,
            HeldOutBytes = target.DocumentBytes,
            HeldOutCapped = target.Capped,
        };
    }
}
