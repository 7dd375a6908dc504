using Panorama.Core.Configuration;
using Panorama.Modeling.Families;
using Panorama.Modeling.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Panorama.Modeling.Tests.Families;

public sealed class DecoderModelTests
{
    private static readonly ModelConfig Tiny = ModelConfig.Llama(50, 16, 2, 4, 2, 32, 12, initializerRange: 0.2);

    /// <summary>Names and shapes are a contract with every published checkpoint: a change must be seen and approved.</summary>
    [Fact]
    public void NamesAndShapesAreTheApprovedOnes()
    {
        using var model = new DecoderModel(ModelConfig.Llama(32_000, 2048, 2, 32, 4, 5632, 2048));
        string found = string.Join('\n', model.Weights.SelectMany(w => w.Parts).Select(p => $"{p.Name} [{string.Join(", ", p.Shape)}]")) + "\n";
        string approved = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Families", "llama-1b-2layers.approved.txt"));
        Assert.Equal(approved.ReplaceLineEndings("\n"), found);
    }

    [Fact]
    public void CountsParametersOfAPublishedSizeWithoutMemory()
    {
        // Llama 2 7B: 6,738,415,616 parameters (model card).
        using var model = new DecoderModel(ModelConfig.Llama(32_000, 4096, 32, 32, 32, 11_008, 4096));
        Assert.Equal(6_738_415_616, model.ParameterCount);
        Assert.Throws<InvalidOperationException>(() => model.Weights[0].Value);
    }

    [Fact]
    public void StartsNearTheLossOfUniformGuessing()
    {
        using var model = new DecoderModel(ModelConfig.Llama(1000, 64, 2, 4, 2, 128, 32));
        model.Allocate().Initialize(1);
        using var scope = NewDisposeScope();
        Tensor tokens_BT = arange(64, ScalarType.Int64).view(2, 32);
        double loss = nn.functional.cross_entropy(model.Logits(model.Hidden(tokens_BT)).view(-1, 1000), tokens_BT.view(-1).add(1)).ToDouble();
        Assert.InRange(loss, Math.Log(1000) - 0.1, Math.Log(1000) + 0.1);
    }

    [Fact]
    public void SeesNothingAhead()
    {
        using var model = new DecoderModel(Tiny);
        model.Allocate(trainable: false).Initialize(2);
        using var scope = NewDisposeScope();
        Tensor first_BT = tensor(new long[] { 3, 1, 4, 1, 5, 9, 2, 6 }, 1, 8);
        Tensor second_BT = tensor(new long[] { 3, 1, 4, 1, 40, 41, 42, 43 }, 1, 8);
        Tensor difference_T = (model.Hidden(first_BT) - model.Hidden(second_BT)).abs().amax([0, 2]);
        Assert.Equal(0, difference_T.narrow(0, 0, 4).max().ToDouble());
        Assert.True(difference_T[4].ToDouble() > 1e-3);
    }

    [Fact]
    public void InitialWeightsDependOnSeedAndNameOnly()
    {
        using var one = new DecoderModel(Tiny);
        using var deeper = new DecoderModel(ModelConfig.Llama(50, 16, 3, 4, 2, 32, 12, initializerRange: 0.2));
        one.Allocate(trainable: false).Initialize(5);
        deeper.Allocate(trainable: false).Initialize(5);
        Assert.Equal(TensorMemory.Span<float>(one.Weights[0].Value).ToArray(), TensorMemory.Span<float>(deeper.Weights[0].Value).ToArray());
        deeper.Parameters!.Initialize(6);
        Assert.NotEqual(TensorMemory.Span<float>(one.Weights[0].Value).ToArray(), TensorMemory.Span<float>(deeper.Weights[0].Value).ToArray());
    }

    [Fact]
    public void AForwardPassLeavesNoTensorBehind()
    {
        using var model = new DecoderModel(Tiny);
        model.Allocate(trainable: false).Initialize(3);
        using Tensor tokens_BT = ones(1, 8, ScalarType.Int64);
        long before = Tensor.TotalCount;
        for (int i = 0; i < 3; i++)
        {
            using var scope = NewDisposeScope();
            model.Logits(model.Hidden(tokens_BT));
        }

        Assert.Equal(before, Tensor.TotalCount);
    }
}
