using Panorama.Core.Configuration;
using Panorama.Modeling.Blocks;
using Panorama.Modeling.Parameters;
using static TorchSharp.torch;

namespace Panorama.Modeling.Adapters;

/// <summary>The adapter of one projection among those stacked in a <see cref="Linear"/>.</summary>
/// <param name="FirstRow">Its first row in the stack.</param>
/// <param name="Rows">Its rows: out.</param>
/// <param name="Up">B, [out, r].</param>
/// <param name="Magnitude">m, [out], of DoRA.</param>
internal sealed record AdaptedPart(long FirstRow, long Rows, Weight Up, Weight? Magnitude);

/// <summary>
/// The adapters of one <see cref="Linear"/>: for each adapted projection p, y_p = c_p ⊙ (x·W_pᵀ + s·(drop(x)·A_pᵀ)·B_pᵀ), with c = 1, or
/// m/‖W + s·B·A‖ by rows in DoRA, whose norm counts as a constant in the backward pass (Liu et al. 2024, arXiv:2402.09353,
/// section 4.3). The factors A lie in one matrix, so that one product serves all parts, which share a dropout mask.
/// </summary>
internal sealed class LinearAdapter
{
    private readonly Linear _linear;
    private readonly LoraAdapter _owner;
    private readonly int _index;
    private Tensor? _squares; // ‖W_i‖² of every row
    private Tensor? _factors; // c, kept while the adapter only runs forward

    /// <summary>Declares the factors.</summary>
    /// <param name="linear">What is adapted.</param>
    /// <param name="owner">The adapter this belongs to.</param>
    /// <param name="index">Number of the linear layer within the model.</param>
    /// <param name="targets">The places of the adapted parts in the stack.</param>
    public LinearAdapter(Linear linear, LoraAdapter owner, int index, IReadOnlyList<int> targets)
    {
        (_linear, _owner, _index) = (linear, owner, index);
        Weight weight = linear.Weight;
        (long columns, int rank) = (weight.Shape[1], owner.Config.Rank);

        // The variance of PEFT's start, which is uniform in ±1/√in.
        var down = Initializer.Normal(1 / Math.Sqrt(3.0 * columns));
        Down = new Weight(WeightKind.Adapter, [(long)targets.Count * rank, columns], [.. targets.Select(t => new ParameterSpec(PeftNames.Down(weight.Parts[t].Name), [rank, columns], down))]);
        Parts = [.. targets.Select(t => Part(weight, t, owner.Config))];
    }

    /// <summary>All factors A, one below the other: [parts · r, in].</summary>
    public Weight Down { get; }

    /// <summary>The adapted parts, by row.</summary>
    public IReadOnlyList<AdaptedPart> Parts { get; }

    /// <summary>Rank of each part.</summary>
    public int Rank => _owner.Config.Rank;

    /// <summary>s.</summary>
    public double Scale => _owner.Config.Scale;

    /// <summary>Whether rows are scaled to learned lengths.</summary>
    public bool UseDora => _owner.Config.UseDora;

    /// <summary>The weights, in the order of their declaration.</summary>
    public IEnumerable<Weight> Weights => [Down, .. Parts.SelectMany(p => p.Magnitude is null ? [p.Up] : new[] { p.Up, p.Magnitude })];

    /// <summary>Whether a pass of training is under way: then one thread uses the adapter.</summary>
    public bool Trains => _owner.Trains;

    /// <summary>The dropout of the pass under way; <see langword="null"/>: none.</summary>
    public Dropout? Dropout() => _owner.DropoutOf(_index);

    /// <summary>c of every row of the stack, and the length ‖W + s·B·A‖ it was divided by; both 1 where no part is adapted. Constants.</summary>
    /// <param name="matrix">The stacked matrix.</param>
    /// <returns>Two rows, factors and lengths: [2, out].</returns>
    public Tensor RowFactors(Tensor matrix)
    {
        if (_factors is not null)
        {
            return _factors.alias();
        }

        using IDisposable quiet = no_grad();
        Tensor factors = ones(2, matrix.shape[0], matrix.dtype, matrix.device);
        using (NewDisposeScope())
        {
            foreach ((AdaptedPart part, Tensor norms) in Parts.Zip(RowNorms(matrix)))
            {
                factors[0].narrow(0, part.FirstRow, part.Rows).copy_(part.Magnitude!.Value / norms);
                factors[1].narrow(0, part.FirstRow, part.Rows).copy_(norms);
            }
        }

        if (_owner.Parameters!.Gradient is null)
        {
            _factors = factors.alias().DetachFromDisposeScope();
        }

        return factors;
    }

    /// <summary>All factors B in one matrix that takes gradients of the stack down to the ranks in one product: s·B_p in the rows and columns of part p, zero elsewhere.</summary>
    /// <returns>Transposed, as products of few columns are fastest: [parts · r, out].</returns>
    public Tensor UpTransposed()
    {
        Tensor all = zeros((long)Parts.Count * Rank, _linear.Weight.Shape[0], Down.Value.dtype, Down.Value.device);
        for (int i = 0; i < Parts.Count; i++)
        {
            AdaptedPart part = Parts[i];
            all.narrow(0, (long)i * Rank, Rank).narrow(1, part.FirstRow, part.Rows).copy_(part.Up.Value.t()).mul_((float)Scale);
        }

        return all;
    }

    /// <summary>‖W + s·B·A‖ of every row, part by part, without the sum: ‖w‖² + 2s·b·(A·w) + s²·b·(A·Aᵀ)·b.</summary>
    /// <param name="matrix">The stacked matrix.</param>
    public Tensor[] RowNorms(Tensor matrix)
    {
        using IDisposable quiet = no_grad();
        _squares ??= (matrix * matrix).sum(dim: 1).DetachFromDisposeScope();
        return [.. Parts.Select((part, i) =>
        {
            using var scope = NewDisposeScope();
            Tensor a = Down.Value.narrow(0, (long)i * Rank, Rank), b = part.Up.Value;
            Tensor w = matrix.narrow(0, part.FirstRow, part.Rows);
            Tensor cross = (w.mm(a.t()) * b).sum(dim: 1);
            Tensor own = (b.mm(a.mm(a.t())) * b).sum(dim: 1);
            Tensor square = _squares.narrow(0, part.FirstRow, part.Rows) + (cross * (2 * Scale)) + (own * (Scale * Scale));

            // A row of zeros has no direction; a tiny length keeps it zero.
            return square.clamp(min: 1e-30).sqrt().MoveToOuterDisposeScope();
        })];
    }

    /// <summary>Adds the adapter to the matrix in place: afterwards the matrix alone gives the adapted results.</summary>
    /// <param name="matrix">The stacked matrix.</param>
    public void MergeInto(Tensor matrix)
    {
        using IDisposable quiet = no_grad();
        using var scope = NewDisposeScope();
        Add(matrix, UseDora ? RowFactors(matrix) : null);
    }

    /// <summary>The matrix with the adapter added; valid until the next product of the model.</summary>
    /// <param name="matrix">The stacked matrix as <see cref="Linear.Matrix"/> gives it.</param>
    /// <param name="factors">Result of <see cref="RowFactors"/> in DoRA.</param>
    public Tensor Folded(Tensor matrix, Tensor? factors)
    {
        // What was dequantized is nobody else's.
        Tensor sum = _linear.IsQuantized ? matrix : _owner.Room(_linear.Weight).copy_(matrix);
        Add(sum, factors);
        return sum;
    }

    private void Add(Tensor matrix, Tensor? factors)
    {
        for (int i = 0; i < Parts.Count; i++)
        {
            AdaptedPart part = Parts[i];
            matrix.narrow(0, part.FirstRow, part.Rows).addmm_(part.Up.Value, Down.Value.narrow(0, (long)i * Rank, Rank), alpha: (float)Scale);
        }

        if (factors is not null)
        {
            matrix.mul_(factors[0].unsqueeze(1));
        }
    }

    /// <summary>Frees what was kept of the base's rows.</summary>
    public void Release()
    {
        _squares?.Dispose();
        _factors?.Dispose();
        (_squares, _factors) = (null, null);
    }

    private static AdaptedPart Part(Weight weight, int target, LoraConfig config)
    {
        ParameterSpec spec = weight.Parts[target];
        long first = weight.Parts.Take(target).Sum(p => p.Shape[0]), rows = spec.Shape[0];
        var up = new Weight(WeightKind.Adapter, [rows, config.Rank], [new ParameterSpec(PeftNames.Up(spec.Name), [rows, config.Rank], Initializer.Zeros)]);
        Weight? magnitude = config.UseDora ? new Weight(WeightKind.Adapter, [rows], [new ParameterSpec(PeftNames.Magnitude(spec.Name), [rows], Initializer.Ones)]) : null;
        return new AdaptedPart(first, rows, up, magnitude);
    }
}
