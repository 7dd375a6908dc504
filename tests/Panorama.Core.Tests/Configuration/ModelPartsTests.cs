using Panorama.Core.Configuration;
using Panorama.Core.Errors;

namespace Panorama.Core.Tests.Configuration;

public sealed class ModelPartsTests
{
    public static TheoryData<string, Func<object>> Wrong => new()
    {
        { "the norm's epsilon", () => new NormConfig(NormKind.RmsNorm, 0) },
        { "the norm's epsilon", () => new NormConfig(NormKind.RmsNorm, 1e-5) with { Epsilon = double.NaN } },
        { "intermediate_size", () => new FeedForwardConfig(0, Activation.Silu, true) },
        { "rope_theta", () => new RotaryPositions(1) },
        { "rope_theta", () => new RotaryPositions() with { Theta = double.PositiveInfinity } },
        { "the attention window", () => new WindowAttention(0) },
        { "global tokens", () => new WindowAttention(1, -1) },
        { "the dilation", () => new WindowAttention(1, 0, 0) },
        { "the attention block", () => new BlockSparseAttention(0, 1, 1, 1) },
        { "window blocks", () => new BlockSparseAttention(1, 2, 1, 1) },
        { "random features", () => new LinearAttention(FeatureMap.Favor, 0) },
        { "num_key_value_heads", () => new AttentionConfig(4, 3, 8) },
        { "vocab_size", () => ModelConfig.Llama(1, 8, 1, 1, 1, 8, 8) },
        { "head_dim with rotary positions", () => ModelConfig.Llama(9, 9, 1, 3, 1, 8, 8) },
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public void AreValidatedWhenMade(string name, Func<object> make) =>
        Assert.StartsWith(name + " is ", Assert.Throws<InputException>(make).Message, StringComparison.Ordinal);
}
