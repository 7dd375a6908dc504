using System.CommandLine;
using Panorama.Core.Errors;
using Panorama.Core.IO;
using Panorama.Quantization.Formats;
using Panorama.Quantization.Quantizing;

namespace Panorama.Cli.Models;

/// <summary>Formats of weights on the command line.</summary>
internal static class FormatOption
{
    // From large to small, as people look for one.
    private static readonly TensorFormat[] Ordered =
        [TensorFormat.F32, TensorFormat.F16, TensorFormat.BF16, TensorFormat.Q8_0, TensorFormat.Q6_K, TensorFormat.Q5_K, TensorFormat.Q5_1, TensorFormat.Q5_0, TensorFormat.Q4_K, TensorFormat.Q4_1, TensorFormat.Q4_0];

    private static readonly string Allowed = string.Join(", ", Ordered.Select(Name));

    /// <summary><c>--format q8_0</c>.</summary>
    public static Option<string> Create() => new("--format") { Description = $"Format of the weights: {Allowed}", HelpName = "FORMAT", Required = true };

    /// <summary>The name of a format as users write it.</summary>
    /// <param name="format">The format.</param>
    public static string Name(TensorFormat format) => format.ToString().ToLowerInvariant();

    /// <summary>Reads a format.</summary>
    /// <param name="text">What the user wrote, in any case.</param>
    /// <exception cref="InputException">There is no such format.</exception>
    public static TensorFormat Parse(string text) =>
        Array.Find(Ordered, format => string.Equals(Name(format), text, StringComparison.OrdinalIgnoreCase)) is var found && string.Equals(Name(found), text, StringComparison.OrdinalIgnoreCase)
            ? found
            : throw new InputException($"format is {Shown.Quote(text)}; allowed: {Allowed}.");

    /// <summary>Reads <c>PATTERN=FORMAT</c>.</summary>
    /// <param name="text">What the user wrote.</param>
    /// <exception cref="InputException">It has another form, or there is no such format.</exception>
    public static TensorOverride ParseOverride(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int equals = text.LastIndexOf('=');
        return equals > 0
            ? new TensorOverride(text[..equals], Parse(text[(equals + 1)..]))
            : throw new InputException($"--tensor is {Shown.Quote(text)}; allowed: NAME=FORMAT, such as blk.*.ffn_down.weight=q6_k.");
    }
}
