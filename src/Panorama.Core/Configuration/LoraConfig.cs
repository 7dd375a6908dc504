using Panorama.Core.Errors;

namespace Panorama.Core.Configuration;

/// <summary>
/// A low-rank adapter: W is replaced by W + s·B·A with A [r, in] and B [out, r] (Hu et al. 2021, arXiv:2106.09685, section 4.1).
/// Names and meanings of the settings are those of PEFT.
/// </summary>
public sealed record LoraConfig
{
    /// <summary>Stands for every projection of a block.</summary>
    public const string AllLinear = "all-linear";

    /// <summary>The embedding, by the last part of its name.</summary>
    public const string Embedding = "embed_tokens";

    /// <summary>The output projection.</summary>
    public const string Output = "lm_head";

    /// <summary>The largest rank accepted.</summary>
    public const int LargestRank = 1024;

    /// <summary>The projections of a block that can have an adapter, by the last part of their names.</summary>
    public static IReadOnlyList<string> Modules { get; } = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];

    /// <summary>Rank of the factors.</summary>
    public int Rank { get; init => field = Require.That(value is >= 1 and <= LargestRank, value, "r", "1 to 1,024"); } = 8;

    /// <summary>Numerator of the scale.</summary>
    public double Alpha { get; init => field = Require.That(value is > 0 and <= 1e6, value, "alpha", "a number in (0, 1e6]"); } = 16;

    /// <summary>Share of the adapter's inputs that are set to zero in training.</summary>
    public double Dropout { get; init => field = Require.That(value is >= 0 and < 1, value, "dropout", "a number in [0, 1)"); }

    /// <summary>Projections that get an adapter: some of <see cref="Modules"/>, or <see cref="AllLinear"/>.</summary>
    public IReadOnlyList<string> TargetModules
    {
        get;
        init
        {
            Require.That(value.Count > 0, "empty", "target_modules", $"{AllLinear}, or some of {string.Join(", ", Modules)}");
            foreach (string name in value)
            {
                Require.That(name == AllLinear || Modules.Contains(name, StringComparer.Ordinal), name, "target_modules", $"{AllLinear}, {string.Join(", ", Modules)}");
            }

            field = value;
        }
    } = [AllLinear];

    /// <summary>Whether direction and length of each row are learned apart (DoRA; Liu et al. 2024, arXiv:2402.09353).</summary>
    public bool UseDora { get; init; }

    /// <summary>Whether the scale is α/√r in place of α/r, which keeps high ranks learning (Kalajdzievski 2023, arXiv:2312.03732).</summary>
    public bool UseRsLora { get; init; }

    /// <summary>
    /// Modules that the adapter has of its own, trained whole: every one whose name ends with one of these, such as <c>embed_tokens</c>, <c>lm_head</c>
    /// or <c>input_layernorm</c>.
    /// </summary>
    public IReadOnlyList<string> ModulesToSave
    {
        get;
        init => field = Require.That(value.All(name => name.Length > 0), value, "modules_to_save", "names of modules, such as embed_tokens");
    } = [];

    /// <summary>
    /// Rows of the embedding or the output projection that the adapter has of its own: token ids by module. With tied embeddings those of <see cref="Embedding"/>
    /// serve both.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyList<int>> TrainableTokens { get; init; } = new Dictionary<string, IReadOnlyList<int>>(StringComparer.Ordinal);

    /// <summary>
    /// Whether an embedding in <see cref="ModulesToSave"/> that is tied to the output projection stays so. Otherwise only the named module is
    /// the adapter's own, and the model is no longer tied.
    /// </summary>
    public bool EnsureWeightTying { get; init; }

    /// <summary>The model it was trained on, as the trainer named it.</summary>
    public string? BaseModel { get; init; }

    /// <summary>The factor s on B·A.</summary>
    public double Scale => Alpha / (UseRsLora ? Math.Sqrt(Rank) : Rank);

    /// <summary>Whether a projection gets an adapter.</summary>
    /// <param name="module">The last part of its name, such as <c>q_proj</c>.</param>
    public bool Targets(string module) => TargetModules.Contains(AllLinear, StringComparer.Ordinal) || TargetModules.Contains(module, StringComparer.Ordinal);
}
