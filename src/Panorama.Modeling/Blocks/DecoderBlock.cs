using Panorama.Core.Configuration;
using Panorama.Modeling.Attention;
using Panorama.Modeling.Parameters;
using Panorama.Modeling.Positions;
using static TorchSharp.torch;

namespace Panorama.Modeling.Blocks;

/// <summary>Attention, then feed-forward; each normalizes its input and adds its result to the residual stream.</summary>
public sealed class DecoderBlock
{
    private readonly RmsNorm _attentionNorm;
    private readonly CausalSelfAttention _attention;
    private readonly RmsNorm _feedForwardNorm;
    private readonly GatedFeedForward _feedForward;

    /// <summary>Declares the weights.</summary>
    /// <param name="scope">Names of the weights.</param>
    /// <param name="config">The model.</param>
    public DecoderBlock(WeightScope scope, ModelConfig config)
    {
        // Projections that write to the residual stream start smaller by √(2·layers), so that its variance does not
        // grow with the depth (Radford et al. 2019, GPT-2, section 2.3).
        double deviation = config.InitializerRange;
        double outputDeviation = deviation / Math.Sqrt(2.0 * config.Layers);
        _attentionNorm = new RmsNorm(scope.Child("input_layernorm"), config.HiddenSize, config.Norm.Epsilon);
        _attention = new CausalSelfAttention(scope.Child("self_attn"), config.HiddenSize, config.Attention, deviation, outputDeviation);
        _feedForwardNorm = new RmsNorm(scope.Child("post_attention_layernorm"), config.HiddenSize, config.Norm.Epsilon);
        _feedForward = new GatedFeedForward(scope.Child("mlp"), config.HiddenSize, config.FeedForward, deviation, outputDeviation);
    }

    /// <summary>The matrices, in the order of their use.</summary>
    public IReadOnlyList<Linear> Linears => [.. _attention.Linears, .. _feedForward.Linears];

    /// <summary>Applies the block. Its result stays in two parts, so that the next norm adds them in the pass it makes anyway.</summary>
    /// <param name="x_BTD">The residual stream: [batch, time, D].</param>
    /// <param name="delta_BTD">What the block before adds to it, if there is one.</param>
    /// <param name="rotary">Rotary positions.</param>
    /// <param name="cache">Earlier keys and values of this layer, if any.</param>
    /// <param name="starts">Where the sequences of packed rows start, if rows hold several.</param>
    /// <returns>The residual stream, and what this block adds to it.</returns>
    public (Tensor X_BTD, Tensor Delta_BTD) Forward(Tensor x_BTD, Tensor? delta_BTD, RotaryTable rotary, KeyValueCache? cache, SequenceStarts? starts)
    {
        (x_BTD, Tensor normed_BTD) = _attentionNorm.Forward(x_BTD, delta_BTD);
        (x_BTD, normed_BTD) = _feedForwardNorm.Forward(x_BTD, _attention.Forward(normed_BTD, rotary, cache, starts));
        return (x_BTD, _feedForward.Forward(normed_BTD));
    }
}
