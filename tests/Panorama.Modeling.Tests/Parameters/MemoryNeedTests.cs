using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Modeling.Families;
using Panorama.Modeling.Parameters;

namespace Panorama.Modeling.Tests.Parameters;

public sealed class MemoryNeedTests
{
    [Fact]
    public void TrainingKeepsWeightsGradientsAndTwoMoments()
    {
        ModelConfig config = ModelConfig.Llama(1000, 64, 2, 2, 1, 96, 128);
        using var model = new DecoderModel(config);
        var need = new MemoryNeed(config, model.ParameterCount);
        Assert.Equal((16.0 * model.ParameterCount) + (2 * 128 * 32 * 4), need.TrainingBytes);

        // By hand: 2 layers × (6 × 64 + 2 × (2 + 2) × 32 + 3 × 96), and 2 × 1000 scores, in 4 bytes, for 8 × 128 tokens.
        Assert.Equal(8 * 128 * 4 * ((2 * (384 + 256 + 288)) + 2000.0), need.ActivationBytes(8, 128));
        Assert.Equal(8 * 128 * 4 * (384 + 256 + 288 + (2 * 2 * 64) + 2000.0), need.ActivationBytes(8, 128, fused: true, recompute: true));
        Assert.True(need.ActivationBytes(1024, 128, fused: true) < need.ActivationBytes(1024, 128));
    }

    [Fact]
    public void TheLargestShapesDoNotOverflow()
    {
        ModelConfig config = ModelConfig.Llama(1 << 24, 1 << 20, 10_000, 256, 256, 1 << 24, 1 << 27);
        using var model = new DecoderModel(config);
        Assert.True(model.ParameterCount > 0);
        var need = new MemoryNeed(config, model.ParameterCount);
        Assert.Throws<InputException>(() => need.RequireToTrain(1024, 65_536));
        Assert.Throws<InputException>(() => need.RequireToTrain(1, 1, length: 1, trained: 1));
        Assert.Throws<InputException>(() => need.RequireToLoad("x", trainable: false));
    }
}
