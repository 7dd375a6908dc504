using System.Runtime.InteropServices;
using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Quantization.Formats;
using Panorama.Quantization.Gguf;

namespace Panorama.Inference.Families.Gguf;

/// <summary>
/// Rotary positions in metadata. The scaling of Llama 3 is a tensor of factors there; its parameters are kept beside it under
/// this project's own keys, so that a folder made from the file has them again.
/// </summary>
internal static class RotaryGguf
{
    /// <summary>The tensor of factors: [head size / 2].</summary>
    public const string FactorsName = "rope_freqs.weight";

    private const string OwnPrefix = "panorama.rope.llama3.";

    // The parameters of the published Llama 3.1 to 3.3, whose files have the factors alone.
    private const double LowFrequencyFactor = 1;
    private const double HighFrequencyFactor = 4;
    private const int OriginalContextLength = 8192;

    /// <summary>Reads base and scaling.</summary>
    public static RotaryPositions Read(GgufFields fields, int headSize)
    {
        var plain = new RotaryPositions(fields.FindNumber("rope.freq_base") ?? 10_000);
        RotaryScaling? scaling = ReadKeys(fields);
        if (!fields.File.TryGet(FactorsName, out GgufTensor? tensor))
        {
            return plain with { Scaling = scaling };
        }

        if (scaling is not null)
        {
            throw new InvalidFileException(fields.File.Path, $"has both {FactorsName} and rope.scaling; only one of them is supported.");
        }

        if (tensor.Format != TensorFormat.F32 || tensor.Shape is not [var count] || count != headSize / 2)
        {
            throw new InvalidFileException(fields.File.Path, $"tensor {tensor} is not F32 of the shape [{headSize / 2}].");
        }

        float[] factors = MemoryMarshal.Cast<byte, float>(fields.File.Bytes(tensor)).ToArray();
        return plain with { Scaling = (RotaryScaling?)Recognized(fields, plain, headSize, factors) ?? new FactorScaling(factors) };
    }

    /// <summary>Writes base and scaling; the factors are the caller's, see <see cref="Factors"/>.</summary>
    public static void Write(GgufEntries entries, RotaryPositions positions)
    {
        entries.Model("rope.freq_base", positions.Theta);
        switch (positions.Scaling)
        {
            case LinearScaling linear:
                entries.Model("rope.scaling.type", GgufValue.Of("linear"));
                entries.Model("rope.scaling.factor", linear.Factor);
                break;
            case YarnScaling yarn:
                entries.Model("rope.scaling.type", GgufValue.Of("yarn"));
                entries.Model("rope.scaling.factor", yarn.Factor);
                entries.Model("rope.scaling.original_context_length", yarn.OriginalContextLength);
                entries.Model("rope.scaling.yarn_beta_fast", yarn.BetaFast);
                entries.Model("rope.scaling.yarn_beta_slow", yarn.BetaSlow);
                if (yarn.AttentionFactor is { } factor)
                {
                    entries.Model("rope.scaling.attn_factor", factor / UsualMagnitude(yarn.Factor));
                }

                break;
            case Llama3Scaling llama:
                entries.Add(OwnPrefix + "factor", GgufValue.Of(llama.Factor));
                entries.Add(OwnPrefix + "low_freq_factor", GgufValue.Of(llama.LowFrequencyFactor));
                entries.Add(OwnPrefix + "high_freq_factor", GgufValue.Of(llama.HighFrequencyFactor));
                entries.Add(OwnPrefix + "original_context_length", GgufValue.Of((uint)llama.OriginalContextLength));
                break;
        }
    }

    /// <summary>The factors that the tensor holds; <see langword="null"/>: there is none.</summary>
    public static float[]? Factors(RotaryPositions positions, int headSize) => positions.Scaling switch
    {
        FactorScaling factors => [.. factors.Factors],
        Llama3Scaling => Ratios(positions, headSize),
        _ => null,
    };

    private static RotaryScaling? ReadKeys(GgufFields fields)
    {
        string type = fields.FindText("rope.scaling.type") ?? "linear";
        double factor = fields.FindNumber("rope.scaling.factor") ?? fields.FindNumber("rope.scale_linear") ?? 0;
        switch (type)
        {
            case "none":
                return null;
            case "linear":
                return factor is 0 or 1 ? null : new LinearScaling(factor);
            case "yarn":
                double? ratio = fields.FindNumber("rope.scaling.attn_factor");
                return new YarnScaling(
                    factor,
                    fields.FindInteger("rope.scaling.original_context_length") ?? fields.Integer("context_length"),
                    fields.FindNumber("rope.scaling.yarn_beta_fast") ?? 32,
                    fields.FindNumber("rope.scaling.yarn_beta_slow") ?? 1,
                    ratio is null ? null : ratio * UsualMagnitude(factor));
            default:
                throw fields.Wrong("rope.scaling.type", type, "'none', 'linear', 'yarn'");
        }
    }

    // What a reader applies unless told otherwise; the format's key multiplies it.
    private static double UsualMagnitude(double factor) => factor <= 1 ? 1 : (0.1 * Math.Log(factor)) + 1;

    private static Llama3Scaling? Recognized(GgufFields fields, RotaryPositions plain, int headSize, float[] factors)
    {
        GgufMetadata metadata = fields.File.Metadata;
        float largest = factors.Max();
        if (!(largest is > 1 and <= 1e6f))
        {
            return null;
        }

        Llama3Scaling scaling = metadata.FindNumber(OwnPrefix + "factor") is { } factor
            ? new Llama3Scaling(
                factor,
                metadata.Number(OwnPrefix + "low_freq_factor"),
                metadata.Number(OwnPrefix + "high_freq_factor"),
                (int)Math.Clamp(metadata.Integer(OwnPrefix + "original_context_length"), 0, int.MaxValue))
            : new Llama3Scaling(largest, LowFrequencyFactor, HighFrequencyFactor, OriginalContextLength);
        float[] expected = Ratios(plain with { Scaling = scaling }, headSize);
        for (int i = 0; i < expected.Length; i++)
        {
            if (!(Math.Abs(expected[i] - factors[i]) <= 1e-4f * expected[i]))
            {
                return null;
            }
        }

        return scaling;
    }

    private static float[] Ratios(RotaryPositions positions, int headSize)
    {
        double[] plain = RotaryFrequencies.Of(positions with { Scaling = null }, headSize).PerPosition;
        double[] scaled = RotaryFrequencies.Of(positions, headSize).PerPosition;
        return [.. plain.Zip(scaled, static (before, after) => (float)(before / after))];
    }
}
