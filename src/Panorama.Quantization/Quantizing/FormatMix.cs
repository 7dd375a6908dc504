using Panorama.Quantization.Formats;

namespace Panorama.Quantization.Quantizing;

/// <summary>
/// Which tensor of a model gets which format when one is asked for. Vectors (norms, biases) and the small tables of
/// positions and segments stay F32. With a K format the matrix that makes the logits gets Q6_K, as the small mixes of
/// llama.cpp do: errors there go straight into the probabilities. Rows that are no whole number of 256-value blocks get the
/// smallest format of 32-value blocks that loses no more (Q4_1 for Q4_K, Q5_1 for Q5_K, Q8_0 for Q6_K), and rows that
/// are no whole number of those F16.
/// </summary>
public static class FormatMix
{
    private const string OutputName = "output.weight", EmbeddingName = "token_embd.weight";

    /// <summary>Chooses the format of a tensor.</summary>
    /// <param name="name">Its name in a GGUF file.</param>
    /// <param name="shape">Its dimensions, outermost first.</param>
    /// <param name="asked">The format asked for.</param>
    /// <param name="tied">Whether the model has no <c>output.weight</c>: the token embedding makes the logits.</param>
    public static TensorFormat Choose(string name, ReadOnlySpan<long> shape, TensorFormat asked, bool tied)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (shape.Length < 2 || !name.EndsWith(".weight", StringComparison.Ordinal)
            || name is "position_embd.weight" or "token_types.weight")
        {
            return TensorFormat.F32;
        }

        if (asked is TensorFormat.Q4_K or TensorFormat.Q5_K && name == (tied ? EmbeddingName : OutputName))
        {
            asked = TensorFormat.Q6_K;
        }

        return Fitting(asked, shape[^1]);
    }

    /// <summary>The format asked for, or the one that takes its place in rows of this length.</summary>
    /// <param name="asked">The format asked for.</param>
    /// <param name="columns">Values of a row.</param>
    public static TensorFormat Fitting(TensorFormat asked, long columns)
    {
        if (columns % asked.BlockLength() == 0)
        {
            return asked;
        }

        TensorFormat smaller = asked switch
        {
            TensorFormat.Q4_K => TensorFormat.Q4_1,
            TensorFormat.Q5_K => TensorFormat.Q5_1,
            TensorFormat.Q6_K => TensorFormat.Q8_0,
            _ => TensorFormat.F16,
        };
        return columns % smaller.BlockLength() == 0 ? smaller : TensorFormat.F16;
    }

    /// <summary>
    /// The number that <c>general.file_type</c> says for a file made with this format
    /// (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, "general.file_type"); K formats are the small mixes.
    /// </summary>
    /// <param name="format">The format asked for.</param>
    public static uint FileType(TensorFormat format) => format switch
    {
        TensorFormat.F32 => 0,
        TensorFormat.F16 => 1,
        TensorFormat.Q4_0 => 2,
        TensorFormat.Q4_1 => 3,
        TensorFormat.Q8_0 => 7,
        TensorFormat.Q5_0 => 8,
        TensorFormat.Q5_1 => 9,
        TensorFormat.Q4_K => 14,
        TensorFormat.Q5_K => 16,
        TensorFormat.Q6_K => 18,
        TensorFormat.BF16 => 32,
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "unknown format"),
    };
}
