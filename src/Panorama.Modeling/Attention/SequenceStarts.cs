using static TorchSharp.torch;

namespace Panorama.Modeling.Attention;

/// <summary>Where the sequences start in rows that hold several: a position sees those from its sequence's start to itself.</summary>
public sealed class SequenceStarts
{
    private readonly int _rows;
    private readonly int _length;

    private SequenceStarts(int[] first_BT, int rows, int length) => (First_BT, _rows, _length) = (first_BT, rows, length);

    /// <summary>First position of the row that each position sees: [rows × length].</summary>
    public int[] First_BT { get; }

    /// <summary>From the number of the sequence that each position belongs to; the positions of one lie together.</summary>
    /// <param name="segments">Numbers, row by row: [rows × length].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="length">Positions of each.</param>
    public static SequenceStarts Of(ReadOnlySpan<long> segments, int rows, int length)
    {
        int[] first = new int[rows * length];
        for (int i = 0; i < first.Length; i++)
        {
            int t = i % length;
            first[i] = t > 0 && segments[i] == segments[i - 1] ? first[i - 1] : t;
        }

        return new SequenceStarts(first, rows, length);
    }

    /// <summary>The same as numbers to add to the scores of attention: 0 where seen, −∞ elsewhere.</summary>
    /// <param name="type">Element type of the scores.</param>
    /// <param name="device">Where they live.</param>
    /// <returns>[rows, 1, length, length].</returns>
    public Tensor Mask(ScalarType type, Device device)
    {
        using var scope = NewDisposeScope();
        Tensor column_T = arange(_length, device: device), row_T1 = column_T.unsqueeze(1);
        Tensor seen_BTT = column_T.le(row_T1).logical_and(column_T.ge(tensor(First_BT, _rows, _length, 1).to(device)));
        return zeros(seen_BTT.shape, type, device).masked_fill(seen_BTT.logical_not(), double.NegativeInfinity).unsqueeze(1).MoveToOuterDisposeScope();
    }
}
