using Panorama.Core.Configuration;
using Panorama.Modeling.Families;
using Panorama.Modeling.Functions;
using Panorama.Modeling.Native;
using Panorama.Modeling.Parameters;
using static TorchSharp.torch;

namespace Panorama.Modeling.Tests.Functions;

/// <summary>The fused kernels inside a whole model against the composed operators, which finite differences in float64 check elsewhere.</summary>
public sealed class FusedModelTests : IDisposable
{
    private static readonly long[] Tokens = [.. Enumerable.Range(0, 3 * 21).Select(i => (long)(i * i * 7 % 53))];
    private static readonly long[] Targets = [.. Tokens.Select((t, i) => i % 5 == 2 ? -100 : ((t * 3) + 1) % 53)];

    public void Dispose() => FusedKernels.Enabled = true;

    /// <summary>Both sum in float32 but in other orders: differences of some units in the last place, 1e-7, grow by the depth of the sums.</summary>
    [Theory]
    [InlineData(true, 4, 2)]
    [InlineData(false, 2, 2)]
    public void LossAndGradientsAgreeWithTheComposedOperators(bool tied, int heads, int keyHeads)
    {
        using DecoderModel model = Make(tied, heads, keyHeads);
        (double fused, float[] fusedGradient) = Run(model, enabled: true);
        (double composed, float[] composedGradient) = Run(model, enabled: false);
        Assert.Equal(composed, fused, 1e-5 * composed);
        foreach ((ParameterSpec spec, long start) in model.Parameters!.Places)
        {
            float[] expected = composedGradient[(int)start..(int)(start + spec.Count)], actual = fusedGradient[(int)start..(int)(start + spec.Count)];
            double difference = Math.Sqrt(expected.Zip(actual, (a, b) => Math.Pow(a - b, 2)).Sum()), size = Math.Sqrt(expected.Sum(a => (double)a * a));
            Assert.True(difference <= 1e-5 * size, $"{spec.Name}: relative difference {difference / size:g3}");
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void RecomputedActivationsGiveTheSameGradients(bool enabled)
    {
        using DecoderModel model = Make(tied: true, 4, 2);
        float[] kept = Run(model, enabled).Gradient;
        model.RecomputeActivations = true;
        long tensors = Tensor.TotalCount;
        Assert.Equal(kept, Run(model, enabled).Gradient);
        Assert.Equal(tensors, Tensor.TotalCount);
    }

    /// <summary>bfloat16 has 8 bits of mantissa: single products are off by up to 0.4 %, sums by less.</summary>
    [Fact]
    public void ABfloat16PassStaysNearFloat32AndKeepsFloat32Gradients()
    {
        using DecoderModel model = Make(tied: true, 4, 2);
        (double loss, float[] gradient) = Run(model, enabled: true);
        model.ComputeType = ScalarType.BFloat16;
        (double rough, float[] roughGradient) = Run(model, enabled: true);
        Assert.NotEqual(loss, rough);
        Assert.Equal(loss, rough, 0.02 * loss);
        double dot = gradient.Zip(roughGradient, (a, b) => (double)a * b).Sum();
        double cosine = dot / Math.Sqrt(gradient.Sum(a => (double)a * a) * roughGradient.Sum(b => (double)b * b));
        Assert.True(cosine > 0.995, $"cosine {cosine}");
    }

    /// <summary>The sum over rows in the gain's gradient is the one place where the order of additions could depend on the threads.</summary>
    [Fact]
    public void TheNumberOfThreadsChangesNoBit()
    {
        float[] one = GainGradient();
        TorchRuntime.SetThreads(2);
        try
        {
            Assert.Equal(one, GainGradient());
        }
        finally
        {
            TorchRuntime.SetThreads(1);
        }

        static float[] GainGradient()
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(3, CPU);
            Tensor gain = ones(64).requires_grad_(), x = rand(1000, 64, generator: generator);
            RmsNormFunction.Apply(x, gain, 1e-5).pow(3).sum().backward();
            return TensorMemory.Span<float>(gain.grad!).ToArray();
        }
    }

    [Fact]
    public void EvaluationLeavesTheGradientsAlone()
    {
        using DecoderModel model = Make(tied: true, 4, 2);
        float[] before = Run(model, enabled: true).Gradient;
        using (no_grad())
        using (NewDisposeScope())
        {
            model.Loss(tensor(Tokens, 3, 21), Targets);
        }

        Assert.Equal(before, TensorMemory.Span<float>(model.Parameters!.Gradient!).ToArray());
    }

    [Fact]
    public void TensorsAndMemoryOfAStepAreReleased()
    {
        using DecoderModel model = Make(tied: true, 4, 2);
        Run(model, enabled: true);
        GC.Collect(); // what other tests have left
        GC.WaitForPendingFinalizers();
        long tensors = Tensor.TotalCount;
        for (int i = 0; i < 5; i++)
        {
            Run(model, enabled: true);
        }

        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.Equal(tensors, Tensor.TotalCount);
    }

    [Fact]
    public void AnErrorInTheBackwardPassIsThrownAfterIt()
    {
        using var scope = NewDisposeScope();
        Tensor x = ones(2).requires_grad_();
        Failing.apply(Failing.apply(x)).sum().backward();
        Assert.Throws<InvalidDataException>(BackwardErrors.ThrowIfAny);
        BackwardErrors.ThrowIfAny();
    }

    /// <summary>The error is the first one, not what follows from missing gradients further up.</summary>
    [Fact]
    public void AnErrorInsideARecomputedPartIsThrownAfterTheBackwardPass()
    {
        using var scope = NewDisposeScope();
        Tensor x = ones(2).requires_grad_();
        (Tensor y, Tensor delta) = RecomputeFunction.Apply((input, _) => (Failing.apply(input), input * 2), x, null);
        (y + delta).sum().backward();
        Assert.Throws<InvalidDataException>(BackwardErrors.ThrowIfAny);
    }

    private static DecoderModel Make(bool tied, int heads, int keyHeads)
    {
        var model = new DecoderModel(ModelConfig.Llama(53, 64, 3, heads, keyHeads, 72, 32, tieEmbeddings: tied, initializerRange: 0.2));
        model.Allocate().Initialize(5);
        return model;
    }

    private static (double Loss, float[] Gradient) Run(DecoderModel model, bool enabled)
    {
        FusedKernels.Enabled = enabled;
        using var scope = NewDisposeScope();
        model.Parameters!.ZeroGradient();
        Tensor loss = model.Loss(tensor(Tokens, 3, 21), Targets, 1.0 / 50);
        loss.backward();
        BackwardErrors.ThrowIfAny();
        return (loss.item<float>(), TensorMemory.Span<float>(model.Parameters.Gradient!).ToArray());
    }

    private sealed class Failing : autograd.SingleTensorFunction<Failing>
    {
        public override string Name => nameof(Failing);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars) => ((Tensor)vars[0]).clone();

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output) =>
            BackwardErrors.Guard(1, () => throw new InvalidDataException("broken"));
    }
}
