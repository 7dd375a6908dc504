using static TorchSharp.torch;

namespace Panorama.Modeling.Attention;

/// <summary>Masks for rows that hold several sequences.</summary>
public static class AttentionMask
{
    /// <summary>Block-diagonal and causal: a position sees the earlier ones of its own sequence and itself.</summary>
    /// <param name="segments_BT">Number of the sequence each position belongs to, int64: [batch, time].</param>
    /// <param name="type">Element type of the scores.</param>
    /// <returns>0 where seen, −∞ elsewhere: [batch, 1, time, time].</returns>
    public static Tensor Causal(Tensor segments_BT, ScalarType type)
    {
        using var scope = NewDisposeScope();
        Tensor seen_BTT = segments_BT.unsqueeze(2).eq(segments_BT.unsqueeze(1)).tril();
        return zeros(seen_BTT.shape, type, segments_BT.device).masked_fill(seen_BTT.logical_not(), double.NegativeInfinity).unsqueeze(1).MoveToOuterDisposeScope();
    }
}
