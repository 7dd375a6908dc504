using System.Globalization;
using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Core.IO;
using Panorama.Quantization.Gguf;

namespace Panorama.Inference.Families.Gguf;

/// <summary>The metadata of one architecture: keys that begin with its name.</summary>
/// <param name="file">The file.</param>
/// <param name="architecture">Its architecture.</param>
internal sealed class GgufFields(GgufFile file, string architecture)
{
    // Each of these changes the computation when it is set to anything but 0.
    private static readonly string[] Unsupported =
    [
        "expert_count", "use_parallel_residual", "logit_scale", "residual_scale", "embedding_scale", "attn_logit_softcapping", "final_logit_softcapping",
        "attention.scale", "attention.clamp_kqv", "attention.max_alibi_bias", "attention.sliding_window_pattern", "attention.shared_kv_layers",
        "attention.key_length_mla", "attention.key_length_swa", "rope.dimension_sections", "rope.scaling.yarn_log_multiplier", "rope.scaling.alpha",
    ];

    /// <summary>The file.</summary>
    public GgufFile File => file;

    /// <summary>Refuses what is not computed.</summary>
    /// <exception cref="InvalidFileException">A key asks for it; names it.</exception>
    public void RequireSupported()
    {
        foreach (string name in Unsupported)
        {
            if (file.Metadata.TryGet(Key(name), out GgufValue? value) && !(value.TryNumber(out double number) && number == 0) && !(value.TryFlag(out bool flag) && !flag))
            {
                throw Wrong(name, value, "nothing, as this version does not compute it");
            }
        }
    }

    /// <summary>An integer that must be there.</summary>
    public int Integer(string name) => FindInteger(name) ?? throw new InvalidFileException(file.Path, $"has no metadata {Shown.Quote(Key(name))}.");

    /// <summary>An integer, or null.</summary>
    public int? FindInteger(string name) => file.Metadata.FindInteger(Key(name)) is not { } value ? null
        : value is >= int.MinValue and <= int.MaxValue ? (int)value
        : throw Wrong(name, value, "an integer of 32 bits");

    /// <summary>A number that must be there.</summary>
    public double Number(string name) => file.Metadata.Number(Key(name));

    /// <summary>A number, or null.</summary>
    public double? FindNumber(string name) => file.Metadata.FindNumber(Key(name));

    /// <summary>A boolean, or null.</summary>
    public bool? FindFlag(string name) => file.Metadata.FindFlag(Key(name));

    /// <summary>A text, or null.</summary>
    public string? FindText(string name) => file.Metadata.FindText(Key(name));

    /// <summary>Rows of a matrix, which must be there.</summary>
    /// <exception cref="InvalidFileException">It is not, or is no matrix.</exception>
    public int Rows(string tensor)
    {
        GgufTensor found = file.Get(tensor);
        return found.Shape is [var rows and <= int.MaxValue, _] ? (int)rows : throw new InvalidFileException(file.Path, $"tensor {found} is no matrix of at most {int.MaxValue} rows.");
    }

    /// <summary>Whether there is a tensor.</summary>
    public bool Has(string tensor) => file.TryGet(tensor, out _);

    /// <summary>The error that a value is not an allowed one.</summary>
    public InvalidFileException Wrong(string name, object value, string allowed) =>
        new(file.Path, string.Create(CultureInfo.InvariantCulture, $"metadata {Shown.Quote(Key(name))} is {Shown.Quote(Convert.ToString(value, CultureInfo.InvariantCulture))}; allowed: {allowed}."));

    /// <summary>The heads, from the keys that all architectures share.</summary>
    /// <param name="hiddenSize">Width of the residual stream.</param>
    /// <param name="pattern">Which keys a query sees.</param>
    /// <param name="inputBias">Whether queries, keys and values have biases.</param>
    /// <param name="outputBias">Whether the output has a bias.</param>
    /// <param name="normalize">Whether queries and keys are normalized.</param>
    public AttentionConfig Attention(int hiddenSize, AttentionPattern? pattern, bool inputBias, bool outputBias, bool normalize = false)
    {
        int heads = Integer("attention.head_count");
        Require.That(heads >= 1, heads, Key("attention.head_count"), "at least 1"); // before it divides the width
        int size = FindInteger("attention.key_length") ?? (hiddenSize % heads == 0 ? hiddenSize / heads : throw Wrong("embedding_length", hiddenSize, $"a multiple of attention.head_count ({heads}) without attention.key_length"));
        if (FindInteger("attention.value_length") is { } valueSize && valueSize != size)
        {
            throw Wrong("attention.value_length", valueSize, $"attention.key_length ({size})");
        }

        return new AttentionConfig(heads, FindInteger("attention.head_count_kv") ?? heads, size, pattern, inputBias, outputBias, normalize);
    }

    private string Key(string name) => $"{architecture}.{name}";
}
