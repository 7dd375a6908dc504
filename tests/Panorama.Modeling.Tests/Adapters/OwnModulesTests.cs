using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Modeling.Adapters;
using Panorama.Modeling.Families;
using Panorama.Modeling.Functions;
using Panorama.Modeling.Native;
using Panorama.Modeling.Parameters;
using TorchSharp;
using static TorchSharp.torch;

namespace Panorama.Modeling.Tests.Adapters;

public sealed class OwnModulesTests
{
    /// <summary>Tied or not; modules; rows of the embedding; rows of the output; whether a tie is kept.</summary>
    public static TheoryData<bool, string, string, string, bool> Kinds => new()
    {
        { true, "", "1,7,3", "", false },
        { false, "", "3,1", "4,1,9", false },
        { false, "", "", "4,1", false },
        { true, "embed_tokens", "", "", true },
        { true, "embed_tokens,lm_head,norm", "", "", true },
        { true, "embed_tokens", "", "", false },
        { true, "lm_head", "", "", false },
        { true, "lm_head,embed_tokens", "", "", false },
        { false, "embed_tokens,input_layernorm", "", "2,5", false },
        { false, "model.norm,lm_head", "", "", false },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void AFreshAdapterChangesNothingAndAMergedOneGivesItsLogits(bool tied, string modules, string input, string output, bool keepsTie)
    {
        using DecoderModel model = Model(tied);
        float[] before = LoraAdapterTests.Logits(model);
        using LoraAdapter adapter = Adapter(model, modules, input, output, keepsTie, trainable: false);
        model.Adapter = adapter;
        Assert.Equal(before, LoraAdapterTests.Logits(model), (a, b) => Math.Abs(a - b) < 1e-5);
        LoraAdapterTests.Randomize(adapter);
        float[] adapted = LoraAdapterTests.Logits(model);
        Assert.Contains(adapted.Zip(before), p => Math.Abs(p.First - p.Second) > 1e-2);
        model.Adapter = null;
        Assert.Equal(before, LoraAdapterTests.Logits(model));
        using DecoderModel merged = Merged(adapter);
        Assert.Equal(adapted, LoraAdapterTests.Logits(merged), (a, b) => Math.Abs(a - b) < 1e-5);
        Assert.Equal(adapter.UntiesEmbeddings, merged != model);
        Assert.Equal(tied && !keepsTie && modules.Length > 0, adapter.UntiesEmbeddings);
    }

    /// <summary>Central differences in float64: error about h² + ε/h = 1e-10; 5e-6 relative leaves room for curvature.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void GradientsMatchFiniteDifferences(bool tied, string modules, string input, string output, bool keepsTie)
    {
        using DecoderModel model = Model(tied, ScalarType.Float64);
        using LoraAdapter adapter = Adapter(model, modules, input, output, keepsTie, trainable: true);
        LoraAdapterTests.Randomize(adapter);
        model.Adapter = adapter;
        using (NewDisposeScope())
        {
            Loss(model).backward();
        }

        FlatParameters parameters = adapter.Parameters!;
        double[] analytic = TensorMemory.Span<double>(parameters.Gradient!).ToArray();
        var worst = (Error: 0.0, Name: "");
        foreach ((ParameterSpec spec, long start) in parameters.Places.Where(p => !p.Spec.Name.Contains("lora_", StringComparison.Ordinal)))
        {
            for (long i = start; i < start + spec.Count; i += 7)
            {
                double numeric = (LossAt(i, 1e-5) - LossAt(i, -1e-5)) / 2e-5;
                double error = Math.Abs(numeric - analytic[i]) / Math.Max(1e-3, Math.Abs(numeric));
                worst = error > worst.Error ? (error, spec.Name) : worst;
            }
        }

        Assert.True(worst.Error < 5e-6, $"largest relative error {worst.Error:g3} in {worst.Name}");
        Assert.All(model.Weights, w => Assert.Null(w.Value.requires_grad && w.Replacement is null ? w.Value.grad : null));

        double LossAt(long index, double change)
        {
            using IDisposable quiet = no_grad();
            using var scope = NewDisposeScope();
            Span<double> data = TensorMemory.Span<double>(parameters.Data);
            double before = data[(int)index];
            data[(int)index] = before + change;
            double loss = Loss(model).ToDouble();
            data[(int)index] = before;
            return loss;
        }
    }

    /// <summary>The kernels sum in another order: float32 rounding over two blocks.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void FusedAndComposedKernelsGiveTheSameGradients(bool tied, string modules, string input, string output, bool keepsTie)
    {
        (float Loss, float[] Gradient)[] both = [.. new[] { true, false }.Select(fused =>
        {
            FusedKernels.Enabled = fused;
            try
            {
                using DecoderModel model = Model(tied);
                using LoraAdapter adapter = Adapter(model, modules, input, output, keepsTie, trainable: true);
                LoraAdapterTests.Randomize(adapter);
                model.Adapter = adapter;
                using var scope = NewDisposeScope();
                Tensor loss = Loss(model);
                loss.backward();
                BackwardErrors.ThrowIfAny();
                return (loss.item<float>(), TensorMemory.Span<float>(adapter.Parameters!.Gradient!).ToArray());
            }
            finally
            {
                FusedKernels.Enabled = true;
            }
        })];
        Assert.Equal(both[0].Loss, both[1].Loss, 1e-3);
        Assert.Equal(both[0].Gradient, both[1].Gradient, (a, b) => Math.Abs(a - b) < 2e-4 * Math.Max(1, Math.Abs(a)));
    }

    [Fact]
    public void AdaptersWithTablesOfTheirOwnShareABaseAndLeaveItAsItWas()
    {
        using DecoderModel model = Model(tied: true);
        float[] frozen = TensorMemory.Span<float>(model.Parameters!.Data).ToArray();
        using LoraAdapter rows = Adapter(model, "", "1,2", "", false, trainable: true), whole = Adapter(model, "embed_tokens,norm", "", "", true, trainable: false), untied = Adapter(model, "embed_tokens", "", "", false, trainable: false);
        float[][] logits = [.. new[] { rows, whole, untied, rows, whole, untied }.Select((adapter, i) =>
        {
            LoraAdapterTests.Randomize(adapter, 5);
            model.Adapter = adapter;
            return LoraAdapterTests.Logits(model);
        })];
        Assert.Equal(logits[0], logits[3]);
        Assert.Equal(logits[1], logits[4]);
        Assert.Equal(logits[2], logits[5]);
        Assert.NotEqual(logits[0], logits[1]);
        Assert.NotEqual(logits[1], logits[2]);
        model.Adapter = null;
        Assert.Equal(frozen, TensorMemory.Span<float>(model.Parameters!.Data).ToArray());
        Assert.All(model.Weights, w => Assert.Null(w.Replacement));
    }

    [Fact]
    public void AFewRowsTakeAFewParameters()
    {
        using DecoderModel model = Model(tied: true);
        using LoraAdapter plain = Adapter(model, "", "", "", false, trainable: false), rows = Adapter(model, "", "1,2", "", false, trainable: false);
        Assert.Equal(plain.ParameterCount + (2 * 16), rows.ParameterCount);
    }

    [Theory]
    [InlineData(true, "embed", "", "modules_to_save is embed")]
    [InlineData(true, "q_proj", "", "modules_to_save is q_proj")]
    [InlineData(true, "proj", "", "projections have factors")]
    [InlineData(true, "", "embed_tokens:50", "0 to 49")]
    [InlineData(true, "", "embed_tokens:-1", "trainable_token_indices is -1")]
    [InlineData(true, "", "embed_tokens:4,4", "every id once")]
    [InlineData(true, "", "embed_tokens:", "every id once")]
    [InlineData(true, "", "lm_head:4", "tied")]
    [InlineData(false, "", "norm:4", "embed_tokens, lm_head")]
    [InlineData(false, "embed_tokens", "embed_tokens:4", "not in modules_to_save")]
    public void WhatTheModelDoesNotHaveIsNamed(bool tied, string modules, string tokens, string expected)
    {
        using DecoderModel model = Model(tied);
        var config = new LoraConfig
        {
            Rank = 2,
            ModulesToSave = modules.Length == 0 ? [] : [modules],
            TrainableTokens = tokens.Length == 0 ? new Dictionary<string, IReadOnlyList<int>>(StringComparer.Ordinal) : new Dictionary<string, IReadOnlyList<int>>(StringComparer.Ordinal) { [tokens.Split(':')[0]] = Ids(tokens.Split(':')[1]) },
        };
        Assert.Contains(expected, Assert.Throws<InputException>(() => new LoraAdapter(model, config)).Message, StringComparison.Ordinal);
    }

    internal static DecoderModel Model(bool tied, ScalarType type = ScalarType.Float32)
    {
        var model = new DecoderModel(ModelConfig.Llama(50, 16, 2, 4, 2, 24, 12, tieEmbeddings: tied, initializerRange: 0.2));
        model.Allocate(type: type, trainable: false).Initialize(2);
        return model;
    }

    internal static LoraAdapter Adapter(DecoderModel model, string modules, string input, string output, bool keepsTie, bool trainable)
    {
        var tokens = new Dictionary<string, IReadOnlyList<int>>(StringComparer.Ordinal);
        foreach ((string name, string ids) in new[] { (LoraConfig.Embedding, input), (LoraConfig.Output, output) }.Where(t => t.Item2.Length > 0))
        {
            tokens.Add(name, Ids(ids));
        }

        var adapter = new LoraAdapter(model, new LoraConfig { Rank = 2, TargetModules = ["q_proj", "down_proj"], ModulesToSave = modules.Length == 0 ? [] : modules.Split(','), TrainableTokens = tokens, EnsureWeightTying = keepsTie });
        adapter.Allocate(trainable);
        adapter.Initialize(3);
        return adapter;
    }

    private static int[] Ids(string list) => [.. list.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];

    private static DecoderModel Merged(LoraAdapter adapter)
    {
        if (adapter.UntiesEmbeddings)
        {
            return adapter.MergeUntied();
        }

        adapter.Merge();
        return adapter.Model;
    }

    // The tokens hold rows of the adapter's own twice, as inputs and as targets, and one target is left out.
    private static Tensor Loss(DecoderModel model)
    {
        Tensor tokens_BT = tensor(new long[] { 1, 5, 2, 9, 1, 3, 4, 4, 0, 7 }, 2, 5);
        return model.Loss(tokens_BT, [5, 2, 9, 1, 3, 4, -1, 0, 7, 1], 0.1);
    }
}
