using Panorama.Core.Configuration;
using Panorama.Modeling.Blocks;
using Panorama.Modeling.Functions;
using Panorama.Modeling.Parameters;
using Panorama.Modeling.Positions;
using static TorchSharp.torch;

namespace Panorama.Modeling.Attention;

/// <summary>
/// Causal grouped-query attention, softmax(QKᵀ/√E)V (Vaswani et al. 2017, arXiv:1706.03762, eq. 1;
/// Ainslie et al. 2023, arXiv:2305.13245). B batch, T time, N query heads, K key/value heads, E head size, D width.
/// </summary>
public sealed class CausalSelfAttention
{
    private readonly AttentionConfig _config;
    private readonly Linear _queryKeyValue;
    private readonly Linear _output;

    /// <summary>Declares the weights.</summary>
    /// <param name="scope">Names of the weights.</param>
    /// <param name="hiddenSize">Width of the residual stream, D.</param>
    /// <param name="config">Heads and pattern.</param>
    /// <param name="deviation">Standard deviation of the initial input projections.</param>
    /// <param name="outputDeviation">Standard deviation of the initial output projection.</param>
    public CausalSelfAttention(WeightScope scope, long hiddenSize, AttentionConfig config, double deviation, double outputDeviation)
    {
        if (config is not { Pattern: FullAttention, InputBias: false, OutputBias: false, NormalizeQueryKey: false })
        {
            throw new NotSupportedException($"the attention {config} has no implementation; full attention without biases has");
        }

        _config = config;
        long keyRows = (long)config.KeyValueHeads * config.HeadSize;
        long queryRows = (long)config.Heads * config.HeadSize;
        _queryKeyValue = new Linear(scope.DeclareStacked(Initializer.Normal(deviation), hiddenSize, ("q_proj.weight", queryRows), ("k_proj.weight", keyRows), ("v_proj.weight", keyRows)));
        _output = new Linear(scope.Declare("o_proj.weight", WeightKind.Matrix, Initializer.Normal(outputDeviation), hiddenSize, queryRows));
    }

    /// <summary>The matrices, in the order of their use.</summary>
    public IReadOnlyList<Linear> Linears => [_queryKeyValue, _output];

    /// <summary>Mixes the positions of each sequence.</summary>
    /// <param name="x_BTD">[batch, time, D].</param>
    /// <param name="rotary">Rotary positions.</param>
    /// <param name="cache">Earlier keys and values of the sequence, or <see langword="null"/> when <paramref name="x_BTD"/> starts it.</param>
    /// <param name="starts">Where the sequences of packed rows start, if rows hold several; not with a cache.</param>
    /// <returns>[batch, time, D].</returns>
    public Tensor Forward(Tensor x_BTD, RotaryTable rotary, KeyValueCache? cache, SequenceStarts? starts = null)
    {
        (long batch, long time) = (x_BTD.shape[0], x_BTD.shape[1]);
        long position = cache?.Length ?? 0;
        (int heads, int keyHeads, int headSize) = (_config.Heads, _config.KeyValueHeads, _config.HeadSize);

        Tensor all_BTME = _queryKeyValue.Forward(x_BTD).view(batch, time, heads + (2 * keyHeads), headSize);
        if (cache is null && FusedKernels.Serve(all_BTME) && FlashAttentionFunction.Serves(headSize))
        {
            return _output.Forward(rotary.Attend(all_BTME, heads, keyHeads, starts?.First_BT));
        }

        Tensor turned_BTME = rotary.Apply(all_BTME.narrow(2, 0, heads + keyHeads), position);
        Tensor q_BNTE = turned_BTME.narrow(2, 0, heads).transpose(1, 2);
        Tensor k_BKTE = turned_BTME.narrow(2, heads, keyHeads).transpose(1, 2);
        Tensor v_BKTE = all_BTME.narrow(2, heads + keyHeads, keyHeads).transpose(1, 2);
        if (cache is not null)
        {
            (k_BKTE, v_BKTE) = cache.Append(k_BKTE, v_BKTE);
        }

        // With earlier tokens in the cache the mask is no square; a single new token sees all of them.
        bool square = position == 0 && starts is null;
        Tensor? mask = starts?.Mask(x_BTD.dtype, x_BTD.device) ?? (square || time == 1 ? null : ones(time, position + time, ScalarType.Bool, x_BTD.device).tril(position));
        Tensor mixed_BNTE = nn.functional.scaled_dot_product_attention(q_BNTE, Repeat(k_BKTE), Repeat(v_BKTE), mask, 0, square && time > 1);
        return _output.Forward(mixed_BNTE.transpose(1, 2).reshape(batch, time, (long)heads * headSize));
    }

    // Each key/value head serves a group of query heads: [B, K, T, E] -> [B, N, T, E].
    private Tensor Repeat(Tensor x_BKTE)
    {
        int group = _config.Heads / _config.KeyValueHeads;
        if (group == 1)
        {
            return x_BKTE;
        }

        long[] shape = x_BKTE.shape;
        return x_BKTE.unsqueeze(2).expand(shape[0], shape[1], group, shape[2], shape[3]).reshape(shape[0], _config.Heads, shape[2], shape[3]);
    }
}
