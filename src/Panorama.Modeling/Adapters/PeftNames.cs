namespace Panorama.Modeling.Adapters;

/// <summary>Names of an adapter's tensors as PEFT writes them.</summary>
internal static class PeftNames
{
    private const string Prefix = "base_model.model.", Suffix = ".weight";

    /// <summary>A of a projection.</summary>
    /// <param name="weight">The projection's weight, such as <c>model.layers.0.self_attn.q_proj.weight</c>.</param>
    public static string Down(string weight) => $"{Prefix}{Module(weight)}.lora_A{Suffix}";

    /// <summary>B of a projection.</summary>
    /// <param name="weight">The projection's weight.</param>
    public static string Up(string weight) => $"{Prefix}{Module(weight)}.lora_B{Suffix}";

    /// <summary>m of a projection with DoRA.</summary>
    /// <param name="weight">The projection's weight.</param>
    public static string Magnitude(string weight) => $"{Prefix}{Module(weight)}.lora_magnitude_vector";

    /// <summary>A weight that an adapter has of its own in place of the base's.</summary>
    /// <param name="weight">The base's weight.</param>
    public static string Saved(string weight) => Prefix + weight;

    /// <summary>Rows of a token table that an adapter has of its own: values in their place, not differences, whatever the name says.</summary>
    /// <param name="weight">The table's weight.</param>
    public static string Rows(string weight) => $"{Prefix}{Module(weight)}.token_adapter.trainable_tokens_delta";

    /// <summary>The last part of a projection's name, such as <c>q_proj</c>.</summary>
    /// <param name="weight">The projection's weight.</param>
    public static string LastPart(string weight) => Module(weight)[(Module(weight).LastIndexOf('.') + 1)..];

    /// <summary>The module of a weight.</summary>
    /// <param name="weight">Its name.</param>
    public static string Module(string weight) => weight[..^Suffix.Length];
}
