using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Core.Safetensors;
using Panorama.Modeling.Native;
using Panorama.Training.Settings;
using TorchSharp;

namespace Panorama.Training.Tests;

public sealed class AdapterTrainingTests
{
    private static readonly LoraConfig Lora = new() { Rank = 4, Alpha = 16, Dropout = 0.2 };

    public static TheoryData<bool, double, string> Kinds => new() { { false, 0.2, "" }, { true, 0.2, "norm" }, { false, 0, "embed_tokens" } };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void SixtyStepsOfAnAdapterEqualThirtyAndThirtyToTheBit(bool dora, double dropout, string modules)
    {
        LoraConfig config = Lora with
        {
            UseDora = dora,
            Dropout = dropout,
            ModulesToSave = modules.Length == 0 ? [] : [modules],
            TrainableTokens = new Dictionary<string, IReadOnlyList<int>>(StringComparer.Ordinal) { [LoraConfig.Output] = [3, 17] },
        };
        using var whole = new TinyRun(lora: config);
        float[] frozen = TensorMemory.Span<float>(whole.Model.Parameters!.Data).ToArray();
        whole.Run(60);
        using var first = new TinyRun(lora: config);
        first.Run(60, stopAt: 30);
        using var second = new TinyRun(first.Folder, config);
        second.Run(60);
        Assert.Equal(whole.Losses, first.Losses.Concat(second.Losses));
        Assert.Equal(whole.Weights, second.Weights);
        Assert.Equal(frozen, TensorMemory.Span<float>(whole.Model.Parameters!.Data).ToArray());
        Assert.True(whole.Losses[^1] < 0.9 * whole.Losses[0], $"the adapter learns: {whole.Losses[0]} to {whole.Losses[^1]}");
    }

    [Fact]
    public void ACheckpointHoldsTheAdapterAlone()
    {
        using var run = new TinyRun(lora: Lora);
        run.Run(2);
        using SafetensorsModel weights = SafetensorsModel.Open(Path.Combine(run.Checkpoints, "step-000002", "weights"));
        Assert.Equal(run.Model.Adapter!.ParameterCount, weights.Tensors.Sum(t => t.ElementCount));
        Assert.All(weights.Tensors, t => Assert.StartsWith("base_model.model.model.layers.", t.Name, StringComparison.Ordinal));
    }

    [Fact]
    public void StepsLeaveTensorCountWhereItWas()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var counts = new List<long>();
        using var run = new TinyRun(lora: Lora with { UseDora = true })
        {
            OnStep = report =>
            {
                if (report.Step is 30 or 80)
                {
                    GC.Collect();
                    GC.WaitForPendingFinalizers();
                    counts.Add(torch.Tensor.TotalCount);
                }
            },
        };
        run.Run(80);
        Assert.Equal(counts[0], counts[1]);
    }

    [Fact]
    public void TheReportComparesWithTrainingAllWeights()
    {
        using var run = new TinyRun(lora: Lora);
        AdapterReport report = AdapterReport.Of(run.Model, run.Model.Adapter!);
        Assert.Equal(3 * 4 * report.Trainable, report.OptimizerBytes);
        Assert.Equal(3 * 4 * run.Model.ParameterCount, report.FullOptimizerBytes);
        Assert.Equal(report.FullBaseBytes, report.BaseBytes);
        Assert.Contains("Trainable:", report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void SettingsNameWhatIsWrong()
    {
        Assert.Contains("target_modules is qproj", Assert.Throws<InputException>(() => new LoraSettings { TargetModules = ["qproj"] }).Message, StringComparison.Ordinal);
        Assert.Contains("r is 0", Assert.Throws<InputException>(() => new LoraSettings { R = 0 }).Message, StringComparison.Ordinal);
        Assert.Contains("base_bits is 5", Assert.Throws<InputException>(() => new LoraSettings { BaseBits = 5 }).Message, StringComparison.Ordinal);
        Assert.Contains("dropout is 1", Assert.Throws<InputException>(() => new LoraSettings { Dropout = 1 }).Message, StringComparison.Ordinal);
        Assert.NotEqual(new LoraSettings { TargetModules = ["q_proj"] }.ToString(), new LoraSettings { TargetModules = ["v_proj"] }.ToString());
    }
}
