using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Modeling.Families;
using Panorama.Modeling.Parameters;
using static TorchSharp.torch;

namespace Panorama.Modeling.Adapters;

/// <summary>
/// What an adapter has of its own besides factors: whole modules (PEFT's <c>modules_to_save</c>) and rows of the token tables
/// (PEFT's <c>trainable_token_indices</c>). They stand in the place of the base's while the adapter is in use.
/// </summary>
internal sealed class OwnModules : IDisposable
{
    private const string Known = "embed_tokens, lm_head, norm, input_layernorm, post_attention_layernorm";
    private readonly DecoderModel _model;
    private readonly List<(Weight Base, Weight Own)> _whole = [];

    /// <summary>Declares them.</summary>
    /// <param name="model">The base.</param>
    /// <param name="config">What the adapter has.</param>
    /// <exception cref="InputException">A name is that of no such module of the model, or a token is outside its vocabulary.</exception>
    public OwnModules(DecoderModel model, LoraConfig config)
    {
        _model = model;
        bool tied = model.Output is null, keepsTie = tied && config.EnsureWeightTying;
        foreach (string name in config.ModulesToSave)
        {
            bool isOutput = Named(PeftNames.Module(DecoderModel.OutputName), name);
            Weight[] named = [.. model.Weights.Where(w => w.Parts.Any(p => Named(PeftNames.Module(p.Name), name)))];
            Weight? projection = named.FirstOrDefault(w => w.Kind == WeightKind.Matrix);
            Require.That((named.Length > 0 || isOutput) && projection is null, name, "modules_to_save", $"{Known}; projections have factors");
            _whole.AddRange(named.Union(keepsTie && isOutput ? [model.Embedding] : []).Where(w => !Replaces(w)).Select(w => (w, Copy(w, w.Parts[0].Name))));
            if (isOutput && tied && !keepsTie)
            {
                UntiedOutput ??= Copy(model.Embedding, DecoderModel.OutputName);
            }
        }

        Unties = tied && !keepsTie && (UntiedOutput is not null || Replaces(model.Embedding));
        foreach ((string name, IReadOnlyList<int> ids) in config.TrainableTokens)
        {
            bool isInput = Named(PeftNames.Module(model.Embedding.Parts[0].Name), name), isOutput = Named(PeftNames.Module(DecoderModel.OutputName), name);
            Require.That(isInput || (isOutput && !tied), name, "trainable_token_indices", tied ? "embed_tokens; the output projection is tied to it, and its rows serve both" : "embed_tokens, lm_head");
            Weight table = isInput ? model.Embedding : model.Output!;
            Require.That(!Replaces(table) && !Unties, name, "trainable_token_indices", "a module that is not in modules_to_save");
            foreach (int id in ids)
            {
                Require.That(id >= 0 && id < table.Shape[0], id, "trainable_token_indices", FormattableString.Invariant($"0 to {table.Shape[0] - 1:N0}, the ids of the model"));
            }

            Require.That(ids.Count > 0 && ids.Distinct().Count() == ids.Count, string.Join(',', ids), "trainable_token_indices", "every id once");
            (InputRows, OutputRows) = isInput ? (new OwnRows(table, ids), OutputRows) : (InputRows, new OwnRows(table, ids));
        }

        if (tied)
        {
            OutputRows = InputRows;
        }
    }

    /// <summary>Rows of the embedding, if any.</summary>
    public OwnRows? InputRows { get; }

    /// <summary>Rows of the output projection, if any: the embedding's where the two are tied.</summary>
    public OwnRows? OutputRows { get; }

    /// <summary>An output projection of its own where the base's is the embedding.</summary>
    public Weight? UntiedOutput { get; }

    /// <summary>Whether input and output differ with the adapter where the base has one table for both.</summary>
    public bool Unties { get; }

    /// <summary>The weights, in the order of their declaration.</summary>
    public IEnumerable<Weight> Weights => [.. _whole.Select(w => w.Own), .. Optional(UntiedOutput), .. Optional(InputRows?.Weight), .. Optional(OutputRows == InputRows ? null : OutputRows?.Weight)];

    /// <summary>Starts with the values of the base.</summary>
    public void Initialize()
    {
        using IDisposable quiet = no_grad();
        foreach ((Weight original, Weight own) in UntiedOutput is null ? _whole : [.. _whole, (_model.Embedding, UntiedOutput)])
        {
            own.Value.copy_(original.Own);
        }

        InputRows?.Initialize();
        OutputRows?.Initialize();
    }

    /// <summary>Puts the whole modules in their places, or takes them out.</summary>
    /// <param name="inUse">Whether the adapter is in use.</param>
    public void Use(bool inUse)
    {
        foreach ((Weight original, Weight own) in _whole)
        {
            original.Replacement = inUse ? own : null;
        }
    }

    /// <summary>Writes everything into the base.</summary>
    /// <exception cref="InvalidOperationException">The base cannot hold it: it has one table for input and output.</exception>
    public void Merge()
    {
        if (Unties)
        {
            throw new InvalidOperationException("the adapter has one table for input and another for output, and the model one for both");
        }

        using IDisposable quiet = no_grad();
        foreach ((Weight original, Weight own) in _whole)
        {
            original.Own.copy_(own.Value);
        }

        InputRows?.WriteTo(_model.Embedding.Own);
        OutputRows?.WriteTo((_model.Output ?? _model.Embedding).Own);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        InputRows?.Dispose();
        OutputRows?.Dispose();
    }

    // PEFT's rule.
    private static bool Named(string module, string name) => module.EndsWith(name, StringComparison.Ordinal);

    private static Weight Copy(Weight original, string name) =>
        new(WeightKind.Adapter, [.. original.Shape], [new ParameterSpec(PeftNames.Saved(name), original.Shape, Initializer.Zeros)]);

    private static IEnumerable<Weight> Optional(Weight? weight) => weight is null ? [] : [weight];

    private bool Replaces(Weight weight) => _whole.Exists(w => w.Base == weight);
}
