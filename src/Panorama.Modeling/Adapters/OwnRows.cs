using Panorama.Modeling.Parameters;
using static TorchSharp.torch;

namespace Panorama.Modeling.Adapters;

/// <summary>
/// A few rows of a token table that an adapter has of its own, in place of the frozen table's. The table itself is neither
/// changed nor copied. K rows, D width, V vocabulary.
/// </summary>
internal sealed class OwnRows : IDisposable
{
    private readonly long[] _ids;
    private readonly Weight _table;
    private Tensor? _index;
    private Tensor? _slots;

    /// <summary>Declares the rows.</summary>
    /// <param name="table">The table.</param>
    /// <param name="ids">Different ids within it.</param>
    public OwnRows(Weight table, IReadOnlyList<int> ids)
    {
        (_table, _ids) = (table, [.. ids.Select(id => (long)id)]);
        long[] shape = [ids.Count, table.Shape[1]];
        Weight = new Weight(WeightKind.Adapter, shape, [new ParameterSpec(PeftNames.Rows(table.Parts[0].Name), shape, Initializer.Zeros)]);
    }

    /// <summary>The rows: [K, D].</summary>
    public Weight Weight { get; }

    /// <summary>Their ids, int64: [K].</summary>
    public Tensor Index => _index ??= tensor(_ids).to(_table.Own.device).DetachFromDisposeScope();

    // The row of every id, or -1: [V].
    private Tensor Slots => _slots ??= MakeSlots();

    /// <summary>Starts with the rows of the table.</summary>
    public void Initialize()
    {
        using IDisposable quiet = no_grad();
        using var scope = NewDisposeScope();
        Weight.Value.copy_(_table.Own.index_select(0, Index));
    }

    /// <summary>Writes the rows into a table.</summary>
    /// <param name="table_VD">The table.</param>
    public void WriteTo(Tensor table_VD)
    {
        using IDisposable quiet = no_grad();
        using var scope = NewDisposeScope();
        table_VD.index_copy_(0, Index, Weight.Value);
    }

    /// <summary>Puts the rows where their tokens were looked up.</summary>
    /// <param name="x_BTD">Rows of the frozen table.</param>
    /// <param name="tokens_BT">The tokens.</param>
    public Tensor Replace(Tensor x_BTD, Tensor tokens_BT)
    {
        Tensor slot_N = Slots.index_select(0, tokens_BT.flatten());
        Tensor place_M = slot_N.ge(0).nonzero().squeeze(1);
        if (place_M.numel() == 0)
        {
            return x_BTD;
        }

        Tensor rows_MD = Weight.Value.index_select(0, slot_N.index_select(0, place_M));
        return x_BTD.view(-1, x_BTD.shape[^1]).index_copy(0, place_M, rows_MD).view(x_BTD.shape);
    }

    /// <summary>Puts the scores of the rows in the place of the frozen ones'.</summary>
    /// <param name="logits">Scores of all tokens: [..., V].</param>
    /// <param name="hidden">What was scored: [..., D].</param>
    public Tensor Rescore(Tensor logits, Tensor hidden) =>
        logits.index_copy(logits.dim() - 1, Index, nn.functional.linear(hidden, Weight.Value.to(hidden.dtype)));

    /// <inheritdoc/>
    public void Dispose()
    {
        _index?.Dispose();
        _slots?.Dispose();
        (_index, _slots) = (null, null);
    }

    private Tensor MakeSlots()
    {
        long[] slots = new long[_table.Shape[0]];
        Array.Fill(slots, -1);
        for (int i = 0; i < _ids.Length; i++)
        {
            slots[_ids[i]] = i;
        }

        return tensor(slots).to(_table.Own.device).DetachFromDisposeScope();
    }
}
