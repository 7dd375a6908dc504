using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Modeling.Adapters;
using Panorama.Modeling.Checkpoints;
using Panorama.Modeling.Families;
using Panorama.Modeling.Functions;
using Panorama.Modeling.Native;
using Panorama.Modeling.Parameters;
using TorchSharp;
using static TorchSharp.torch;

namespace Panorama.Modeling.Tests.Adapters;

public sealed class LoraAdapterTests
{
    private static readonly ModelConfig Tiny = ModelConfig.Llama(50, 16, 2, 4, 2, 24, 12, initializerRange: 0.2);

    public static TheoryData<bool, bool, string> Kinds => new()
    {
        { false, false, "q_proj,v_proj" },
        { false, true, "all-linear" },
        { true, false, "all-linear" },
        { true, true, "k_proj,up_proj,down_proj" },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void AFreshAdapterChangesNothing(bool dora, bool rsLora, string modules)
    {
        using DecoderModel model = Model(trainable: false);
        float[] before = Logits(model);
        using LoraAdapter adapter = Adapter(model, dora, rsLora, modules);
        adapter.Initialize(5);
        model.Adapter = adapter;
        Assert.Equal(before, Logits(model), (a, b) => Math.Abs(a - b) < 1e-5);
    }

    /// <summary>The gain of W + s·B·A is computed in another order: float32 rounding over two blocks.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void MergedWeightsGiveTheSameLogits(bool dora, bool rsLora, string modules)
    {
        using DecoderModel model = Model(trainable: false);
        float[] plain = Logits(model);
        using LoraAdapter adapter = Adapter(model, dora, rsLora, modules);
        Randomize(adapter);
        model.Adapter = adapter;
        float[] adapted = Logits(model);
        model.Adapter = null;
        Assert.Equal(plain, Logits(model));
        adapter.Merge();
        Assert.Equal(adapted, Logits(model), (a, b) => Math.Abs(a - b) < 1e-5);
        Assert.Contains(adapted.Zip(plain), p => Math.Abs(p.First - p.Second) > 1e-2);
    }

    /// <summary>Central differences in float64: error about h² + ε/h = 1e-10; 5e-6 relative leaves room for curvature. The norm of DoRA counts as a constant in A and B, which are checked against the formula below.</summary>
    [Theory]
    [InlineData(false, 0)]
    [InlineData(false, 0.4)]
    [InlineData(true, 0)]
    [InlineData(true, 0.4)]
    public void GradientsMatchFiniteDifferences(bool dora, double rate)
    {
        using DecoderModel model = Model(trainable: false, ScalarType.Float64);
        using var adapter = new LoraAdapter(model, new LoraConfig { Rank = 3, Alpha = 5, Dropout = rate, UseDora = dora });
        FlatParameters parameters = adapter.Allocate(trainable: true);
        Randomize(adapter);
        model.Adapter = adapter;
        adapter.BeginPass(seed: 9, step: 4, pass: 1);
        using Tensor tokens_BT = tensor(new long[] { 1, 5, 2, 9, 10, 3, 4, 4, 0, 7 }, 2, 5);
        using Tensor targets_N = tensor(new long[] { 5, 2, 9, 10, 0, 4, 0, 7, 7, 1 });
        using (NewDisposeScope())
        {
            Loss().backward();
        }

        double[] analytic = TensorMemory.Span<double>(parameters.Gradient!).ToArray();
        var worst = (Error: 0.0, Name: "");
        foreach ((ParameterSpec spec, long start) in parameters.Places.Where(p => !dora || p.Spec.Name.EndsWith("magnitude_vector", StringComparison.Ordinal)))
        {
            for (long i = start; i < start + spec.Count; i += 3)
            {
                double numeric = (LossAt(i, 1e-5) - LossAt(i, -1e-5)) / 2e-5;
                double error = Math.Abs(numeric - analytic[i]) / Math.Max(1e-3, Math.Abs(numeric));
                worst = error > worst.Error ? (error, spec.Name) : worst;
            }
        }

        Assert.True(worst.Error < 5e-6, $"largest relative error {worst.Error:g3} in {worst.Name}");

        Tensor Loss() => nn.functional.cross_entropy(model.Logits(model.Hidden(tokens_BT)).view(-1, 50), targets_N);

        double LossAt(long index, double change)
        {
            using IDisposable quiet = no_grad();
            using var scope = NewDisposeScope();
            Span<double> data = TensorMemory.Span<double>(parameters.Data);
            double before = data[(int)index];
            data[(int)index] = before + change;
            double loss = Loss().item<double>();
            data[(int)index] = before;
            return loss;
        }
    }

    /// <summary>The whole gradient of DoRA against libtorch's own, from W' = m ⊙ (W + s·B·A) / norm with the norm detached.</summary>
    [Fact]
    public void DoraGradientsMatchThoseOfItsFormula()
    {
        using DecoderModel model = Model(trainable: false, ScalarType.Float64);
        using var adapter = new LoraAdapter(model, new LoraConfig { Rank = 2, Alpha = 3, UseDora = true, TargetModules = ["o_proj"] });
        adapter.Allocate(trainable: true);
        Randomize(adapter);
        model.Adapter = adapter;
        using var scope = NewDisposeScope();
        LinearAdapter first = adapter.Adapters[1]!;
        Tensor w = model.Linears[1].Weight.Value, x = randn(7, 16, ScalarType.Float64), g = randn(7, 16, ScalarType.Float64);
        Tensor a = first.Down.Value.detach().clone().requires_grad_(true), b = first.Parts[0].Up.Value.detach().clone().requires_grad_(true), m = first.Parts[0].Magnitude!.Value.detach().clone().requires_grad_(true);
        Tensor inputs = x.detach().clone().requires_grad_(true);
        Tensor sum = w + (b.mm(a) * 1.5);
        (nn.functional.linear(inputs, sum * (m / sum.detach().norm(1)).unsqueeze(1)) * g).sum().backward();
        Tensor x2 = x.detach().clone().requires_grad_(true);
        (model.Linears[1].Forward(x2) * g).sum().backward();
        foreach ((Tensor expected, Tensor found) in new[] { (inputs, x2), (a, first.Down.Value), (b, first.Parts[0].Up.Value), (m, first.Parts[0].Magnitude!.Value) })
        {
            Assert.True((expected.grad! - found.grad!).abs().max().ToDouble() < 1e-10);
        }
    }

    /// <summary>Many positions take the way over the matrix with its adapter, few the way over the results: the sums are the same in another order.</summary>
    [Theory]
    [InlineData(32, false)]
    [InlineData(32, true)]
    [InlineData(8, false)]
    [InlineData(4, true)]
    public void ManyPositionsGiveTheGradientsOfFew(int bits, bool dora)
    {
        using var folder = new TemporaryFolder();
        using (DecoderModel saved = Model(trainable: false))
        {
            ModelFolder.Save(folder.Path, saved, new SpecialTokenIds { Bos = 0, Eos = [0] }, new GenerationConfig());
        }

        using DecoderModel model = ModelFolder.Load(folder.Path, bits: bits).Model;
        using var adapter = new LoraAdapter(model, new LoraConfig { Rank = 3, Alpha = 5, UseDora = dora });
        adapter.Allocate(trainable: true);
        Randomize(adapter);
        model.Adapter = adapter;
        using var generator = new Generator(4, CPU);
        using Tensor tokens_BT = randint(0, 50, [50, 12], ScalarType.Int64, generator: generator);
        Assert.True(AdaptedProduct.Folds(50 * 12, [24, 16]));
        Assert.False(AdaptedProduct.Folds(12, [24, 16]));
        (float[] Outputs, float[] Gradient) few = Run(Enumerable.Range(0, 50).Select(i => tokens_BT.narrow(0, i, 1))), many = Run([tokens_BT]);
        Assert.Equal(few.Outputs, many.Outputs, (a, b) => Math.Abs(a - b) < 1e-4);
        float scale = few.Gradient.Max(Math.Abs);
        Assert.Equal(few.Gradient, many.Gradient, (a, b) => Math.Abs(a - b) < 1e-4 * scale);

        (float[], float[]) Run(IEnumerable<Tensor> batches)
        {
            using var scope = NewDisposeScope();
            adapter.Parameters!.ZeroGradient();
            List<float> outputs = [];
            foreach (Tensor batch in batches)
            {
                adapter.BeginPass(seed: 1, step: 1, pass: 0);
                Tensor hidden = model.Hidden(batch);
                (hidden * hidden.detach().roll(1, 2)).sum().backward();
                BackwardErrors.ThrowIfAny();
                outputs.AddRange(TensorMemory.Span<float>(hidden.detach()).ToArray());
                adapter.EndPass();
            }

            return ([.. outputs], TensorMemory.Span<float>(adapter.Parameters!.Gradient!).ToArray());
        }
    }

    [Fact]
    public void DropoutIsOnInTrainingPassesOnlyAndDependsOnTheStep()
    {
        using DecoderModel model = Model(trainable: false);
        using var adapter = new LoraAdapter(model, new LoraConfig { Rank = 4, Dropout = 0.5 });
        adapter.Allocate(trainable: true);
        Randomize(adapter);
        model.Adapter = adapter;
        float[] quiet = Logits(model);
        float[][] passes = [.. new[] { (1, 0), (1, 0), (2, 0), (1, 1) }.Select(p =>
        {
            adapter.BeginPass(7, p.Item1, p.Item2);
            return Logits(model);
        })];
        Assert.Equal(passes[0], passes[1]);
        Assert.NotEqual(passes[0], passes[2]);
        Assert.NotEqual(passes[0], passes[3]);
        Assert.NotEqual(passes[0], quiet);
        adapter.EndPass();
        Assert.Equal(quiet, Logits(model));
    }

    [Fact]
    public void SeveralAdaptersShareABaseAndOneIsChosen()
    {
        using DecoderModel model = Model(trainable: false);
        using LoraAdapter one = Adapter(model, false, false, "q_proj"), two = Adapter(model, true, false, "all-linear");
        Randomize(one, 1);
        Randomize(two, 2);
        float[] plain = Logits(model);
        model.Adapter = one;
        float[] first = Logits(model);
        model.Adapter = two;
        Assert.NotEqual(first, Logits(model));
        model.Adapter = one;
        Assert.Equal(first, Logits(model));
        one.Dispose();
        Assert.Null(model.Adapter);
        Assert.Equal(plain, Logits(model));
        using DecoderModel other = Model(trainable: false);
        Assert.Throws<ArgumentException>(() => other.Adapter = two);
    }

    [Fact]
    public void TheBaseKeepsNoGradientAndStepsLeaveNoTensor()
    {
        using DecoderModel model = Model(trainable: false);
        using var adapter = new LoraAdapter(model, new LoraConfig { Rank = 2, Dropout = 0.1, UseDora = true });
        adapter.Allocate(trainable: true);
        adapter.Initialize(1);
        model.Adapter = adapter;
        Assert.Null(model.Parameters!.Gradient);
        Assert.Same(adapter.Parameters, model.Trained);
        using Tensor tokens_BT = ones(2, 8, ScalarType.Int64);
        long count = 0;
        for (int i = 0; i < 5; i++)
        {
            adapter.BeginPass(1, i, 0);
            using (NewDisposeScope())
            {
                model.Logits(model.Hidden(tokens_BT)).sum().backward();
            }

            GC.Collect();
            GC.WaitForPendingFinalizers();
            if (i == 2)
            {
                count = Tensor.TotalCount;
            }
        }

        Assert.Equal(count, Tensor.TotalCount);
        Assert.All(model.Weights, w => Assert.Null(w.Value.grad));
        Assert.NotEqual(0, adapter.Parameters!.Gradient!.abs().sum().ToDouble());
    }

    [Theory]
    [InlineData(17, "smaller side")]
    [InlineData(0, "1 to 1,024")]
    public void ARankOutOfRangeIsNamed(int rank, string allowed)
    {
        using DecoderModel model = Model(trainable: false);
        InputException error = Assert.Throws<InputException>(() => new LoraAdapter(model, new LoraConfig { Rank = rank }));
        Assert.Contains($"r is {rank}", error.Message, StringComparison.Ordinal);
        Assert.Contains(allowed, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnUnknownModuleIsNamedWithTheKnownOnes()
    {
        InputException error = Assert.Throws<InputException>(() => new LoraConfig { TargetModules = ["q_proj", "qproj"] });
        Assert.Contains("target_modules is qproj", error.Message, StringComparison.Ordinal);
        Assert.Contains("down_proj", error.Message, StringComparison.Ordinal);
    }

    internal static DecoderModel Model(bool trainable, ScalarType type = ScalarType.Float32)
    {
        var model = new DecoderModel(Tiny);
        model.Allocate(type: type, trainable: trainable).Initialize(2);
        return model;
    }

    internal static LoraAdapter Adapter(DecoderModel model, bool dora, bool rsLora, string modules)
    {
        var adapter = new LoraAdapter(model, new LoraConfig { Rank = 4, Alpha = 8, UseDora = dora, UseRsLora = rsLora, TargetModules = modules.Split(',') });
        adapter.Allocate(trainable: false);
        return adapter;
    }

    internal static void Randomize(LoraAdapter adapter, ulong seed = 11)
    {
        using IDisposable quiet = no_grad();
        using var generator = new Generator(seed, CPU);
        adapter.Parameters!.Data.normal_(0, 0.3, generator);
    }

    internal static float[] Logits(DecoderModel model)
    {
        using IDisposable quiet = no_grad();
        using var scope = NewDisposeScope();
        Tensor tokens_BT = tensor(new long[] { 3, 1, 4, 1, 5, 9, 2, 6 }, 2, 4);
        return TensorMemory.Span<float>(model.Logits(model.Hidden(tokens_BT)).to(ScalarType.Float32).contiguous()).ToArray();
    }
}
