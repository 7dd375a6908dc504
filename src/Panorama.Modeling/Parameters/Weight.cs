using static TorchSharp.torch;

namespace Panorama.Modeling.Parameters;

/// <summary>What weight decay and optimizers need to know of a weight.</summary>
public enum WeightKind
{
    /// <summary>A hidden matrix: decays.</summary>
    Matrix,

    /// <summary>A token or position table, or the output projection: does not decay.</summary>
    Embedding,

    /// <summary>A gain or bias: does not decay.</summary>
    Vector,

    /// <summary>A part of an adapter: AdamW's, does not decay.</summary>
    Adapter,
}

/// <summary>
/// One tensor as the computation sees it: one parameter of the checkpoint, or several stacked by rows (query, key and
/// value projections), so that one matrix product serves them all. It has no memory until a <see cref="FlatParameters"/>
/// gives it some: a model of any size can be listed and counted without allocating it.
/// </summary>
public sealed class Weight
{
    private Tensor? _value;

    internal Weight(WeightKind kind, long[] shape, IReadOnlyList<ParameterSpec> parts) => (Kind, Shape, Parts) = (kind, shape, parts);

    /// <summary>The weight's kind.</summary>
    public WeightKind Kind { get; }

    /// <summary>Shape of <see cref="Value"/>.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>The parameters it consists of, in order of rows.</summary>
    public IReadOnlyList<ParameterSpec> Parts { get; }

    /// <summary>Number of elements.</summary>
    public long Count => Parts.Sum(p => p.Count);

    /// <summary>The memory: a leaf of the autograd graph that views the flat buffer. While an adapter with a weight of its own in this place is in use, that weight's.</summary>
    /// <exception cref="InvalidOperationException">The model has no memory yet.</exception>
    public Tensor Value => Replacement?.Value ?? Own;

    /// <summary>The weight's own memory, whatever adapter is in use.</summary>
    /// <exception cref="InvalidOperationException">The model has no memory yet.</exception>
    internal Tensor Own
    {
        get => _value ?? throw new InvalidOperationException($"{Parts[0].Name} has no memory: the model was made for counting only");
        set => _value = value;
    }

    /// <summary>What stands in its place while the adapter in use has one.</summary>
    internal Weight? Replacement { get; set; }
}

/// <summary>Collects the weights that the parts of a model declare, under dotted names.</summary>
public sealed class WeightScope
{
    private readonly List<Weight> _weights;
    private readonly string _prefix;

    /// <summary>An empty root scope.</summary>
    public WeightScope()
        : this([], "")
    {
    }

    private WeightScope(List<Weight> weights, string prefix) => (_weights, _prefix) = (weights, prefix);

    /// <summary>All weights declared so far under the root, in order.</summary>
    public IReadOnlyList<Weight> All => _weights;

    /// <summary>The scope <c>prefix.name</c>.</summary>
    /// <param name="name">One or more dotted parts.</param>
    public WeightScope Child(string name) => new(_weights, $"{_prefix}{name}.");

    /// <summary>Declares a weight that is one parameter.</summary>
    /// <param name="name">Its name within this scope.</param>
    /// <param name="kind">Its kind.</param>
    /// <param name="initializer">How it starts.</param>
    /// <param name="shape">Its shape.</param>
    public Weight Declare(string name, WeightKind kind, Initializer initializer, params long[] shape) =>
        Add(new Weight(kind, shape, [new ParameterSpec(_prefix + name, shape, initializer)]));

    /// <summary>Declares matrices that lie one below the other: [sum of rows, columns].</summary>
    /// <param name="initializer">How they start.</param>
    /// <param name="columns">Their common number of columns.</param>
    /// <param name="parts">Name within this scope, and rows, of each.</param>
    public Weight DeclareStacked(Initializer initializer, long columns, params (string Name, long Rows)[] parts) =>
        Add(new Weight(
            WeightKind.Matrix,
            [parts.Sum(p => p.Rows), columns],
            [.. parts.Select(p => new ParameterSpec(_prefix + p.Name, [p.Rows, columns], initializer))]));

    private Weight Add(Weight weight)
    {
        _weights.Add(weight);
        return weight;
    }
}
