using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Modeling.Families;

namespace Panorama.Modeling.Tests.Families;

/// <summary>A model that would be computed wrongly is refused, and the message says by which part.</summary>
public sealed class SupportedTests
{
    [Fact]
    public void WhatIsNotComputedIsNamed()
    {
        (ModelConfig Config, string Part)[] refused =
        [
            (With(ModelFamily.Qwen2), "Qwen2"),
            (With(positions: new RotaryPositions(10_000, new LinearScaling(2))), "rope_scaling"),
            (With(positions: new LearnedPositions()), "LearnedPositions"),
            (With(attention: new AttentionConfig(2, 2, 8, new WindowAttention(4))), "sliding_window"),
            (With(attention: new AttentionConfig(2, 2, 8, inputBias: true)), "attention_bias"),
            (With(attention: new AttentionConfig(2, 2, 8, normalizeQueryKey: true)), "normalized queries"),
            (With(norm: new NormConfig(NormKind.LayerNorm, 1e-5)), "LayerNorm"),
            (With(feedForward: new FeedForwardConfig(16, Activation.Gelu, Gated: true)), "Gelu"),
            (With(causal: false), "not causal"),
        ];
        Assert.All(refused, r => Assert.Contains(r.Part, Assert.Throws<InputException>(() => new DecoderModel(r.Config).Dispose()).Message, StringComparison.Ordinal));
        new DecoderModel(With()).Dispose();
    }

    private static ModelConfig With(ModelFamily family = ModelFamily.Llama, AttentionConfig? attention = null, FeedForwardConfig? feedForward = null, NormConfig? norm = null, PositionConfig? positions = null, bool causal = true) =>
        new(family, 16, 16, 1, 8, attention ?? new(2, 2, 8), feedForward ?? new(16, Activation.Silu, Gated: true), norm ?? new(NormKind.RmsNorm, 1e-5), positions ?? new RotaryPositions(), causal);
}
