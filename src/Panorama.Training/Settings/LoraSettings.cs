using System.Collections.Immutable;
using Panorama.Core.Configuration;
using Panorama.Core.Errors;

namespace Panorama.Training.Settings;

/// <summary>Fine-tuning of a low-rank adapter beside frozen weights. Names are those of PEFT.</summary>
public sealed record LoraSettings
{
    /// <summary>Tokens are chosen by what the base knows.</summary>
    public const string Auto = "auto";

    /// <summary>No token.</summary>
    public const string None = "none";

    /// <summary>Rank of the factors.</summary>
    public int R { get; init => field = Require.That(value is >= 1 and <= LoraConfig.LargestRank, value, "r", "1 to 1,024"); } = 8;

    /// <summary>The adapter's result is scaled by alpha / r.</summary>
    public double Alpha { get; init => field = Require.That(value is > 0 and <= 1e6, value, "alpha", "a number in (0, 1e6]"); } = 16;

    /// <summary>Share of the adapter's inputs that are set to zero in training.</summary>
    public double Dropout { get; init => field = Require.That(value is >= 0 and < 1, value, "dropout", "a number in [0, 1)"); }

    /// <summary>Projections that get an adapter: q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj, or all-linear for all of them (arXiv:2305.14314, section 4).</summary>
    public IReadOnlyList<string> TargetModules
    {
        get;
        init => field = new LoraConfig { TargetModules = value }.TargetModules;
    } = [LoraConfig.AllLinear];

    /// <summary>DoRA: direction and length of each row are learned apart (arXiv:2402.09353).</summary>
    public bool UseDora { get; init; }

    /// <summary>rsLoRA: the scale is alpha / √r (arXiv:2312.03732).</summary>
    public bool UseRslora { get; init; }

    /// <summary>Modules trained whole beside the adapter and kept with it: embed_tokens, lm_head, norm, input_layernorm, post_attention_layernorm. With tied embeddings, the one table.</summary>
    public IReadOnlyList<string> ModulesToSave
    {
        get;
        init => field = new LoraConfig { ModulesToSave = value }.ModulesToSave;
    } = [];

    /// <summary>Tokens whose embeddings, and rows of the output projection, are trained: ids or names; auto: those of the chat template's marks, when the base has not learned them; none.</summary>
    public IReadOnlyList<string> TrainableTokenIndices
    {
        get;
        init
        {
            Require.That(value.Count > 0 && (value.Count == 1 || !value.Any(t => t is Auto or None)), string.Join(',', value), "trainable_token_indices", "auto, none, or ids and names of tokens");
            field = value;
        }
    } = [Auto];

    /// <summary>Bits in which the frozen matrices are held: 32, 8, or 4 (QLoRA, arXiv:2305.14314).</summary>
    public int BaseBits { get; init => field = Require.That(value is 32 or 8 or 4, value, "base_bits", "32, 8, 4"); } = 32;

    /// <summary>The adapter's configuration.</summary>
    /// <param name="baseModel">The model it is trained on.</param>
    /// <param name="tied">Whether that model has one table for input and output.</param>
    /// <param name="tokens">Tokens whose rows are trained.</param>
    public LoraConfig ToConfig(string baseModel, bool tied, IReadOnlyList<int> tokens) => new()
    {
        Rank = R,
        Alpha = Alpha,
        Dropout = Dropout,
        TargetModules = TargetModules,
        UseDora = UseDora,
        UseRsLora = UseRslora,
        ModulesToSave = ModulesToSave,
        EnsureWeightTying = tied && ModulesToSave.Count > 0,
        TrainableTokens = tokens.Count == 0 ? ImmutableDictionary<string, IReadOnlyList<int>>.Empty : (tied ? [LoraConfig.Embedding] : new[] { LoraConfig.Embedding, LoraConfig.Output }).ToDictionary(module => module, _ => tokens, StringComparer.Ordinal),
        BaseModel = baseModel,
    };

    // A list in a record prints its type: the text of the settings is part of a run's identity.
    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"lora r {R} alpha {Alpha:r} dropout {Dropout:r} targets {string.Join(',', TargetModules)} dora {UseDora} rslora {UseRslora} bits {BaseBits} whole {string.Join(',', ModulesToSave)} tokens {string.Join(',', TrainableTokenIndices)}");
}
