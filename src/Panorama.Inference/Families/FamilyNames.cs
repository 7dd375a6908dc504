using Panorama.Core.Configuration;
using Panorama.Core.Errors;

namespace Panorama.Inference.Families;

/// <summary>What the tensors of a family are called in model folders and in GGUF files.</summary>
internal abstract class FamilyNames
{
    private static readonly LlamaNames Llama = new();
    private static readonly Gpt2Names Gpt2 = new();
    private static readonly BertNames Bert = new();

    /// <summary>The names of a family.</summary>
    /// <exception cref="InputException">It has none.</exception>
    public static FamilyNames Of(ModelFamily family) => family switch
    {
        ModelFamily.Llama or ModelFamily.Qwen2 or ModelFamily.Qwen3 or ModelFamily.Mistral => Llama,
        ModelFamily.Gpt2 => Gpt2,
        ModelFamily.Bert => Bert,
        _ => throw new InputException($"models of the family {family} cannot be run; supported: {string.Join(", ", Enum.GetNames<ModelFamily>())}."),
    };

    /// <summary>What stands before most names in a model folder; files saved without the head lack it.</summary>
    public abstract string Prefix { get; }

    /// <summary>The place in a model folder.</summary>
    public abstract TensorPlace InFolder(WeightRole role);

    /// <summary>The place in a GGUF file (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, "Standardized tensor names").</summary>
    public abstract TensorPlace InGguf(WeightRole role);

    /// <summary>
    /// Whether a tensor of a model folder that no role calls for changes nothing: tables that follow from the configuration,
    /// the embedding stored a second time, heads behind what is computed. Any other is refused, since it would.
    /// </summary>
    public abstract bool IsIdle(string name, ModelConfig config);

    /// <summary>Whether a tensor of a GGUF file that no role calls for changes nothing; any other is refused.</summary>
    public virtual bool IsIdleInGguf(string name) => false;

    private protected static ArgumentOutOfRangeException None(WeightRole role) => new(nameof(role), role, "the family has no such weight");
}
