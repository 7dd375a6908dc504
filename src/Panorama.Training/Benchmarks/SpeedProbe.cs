using Panorama.Core.Configuration;
using Panorama.Modeling.Families;
using Panorama.Training.Optim;
using Panorama.Training.Settings;

namespace Panorama.Training.Benchmarks;

/// <summary>Measures how fast a model trains here, in order to fit a run into a time.</summary>
public static class SpeedProbe
{
    private const int Warmup = 10, Counted = 9;

    /// <summary>Steps per second: the median of a few steps on random tokens.</summary>
    /// <param name="config">The model.</param>
    /// <param name="train">Batch and threads.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="length">Tokens of a sequence.</param>
    public static double StepsPerSecond(ModelConfig config, TrainSettings train, OptimizerSettings optimizer, int length)
    {
        using var model = new DecoderModel(config);
        model.Allocate().Initialize(1);
        using var updates = new FlatOptimizer(model.Parameters!, optimizer);
        var step = new TrainStep(model, updates, new LossGuard(0));
        var batch = RandomTokens.Batch(config.VocabularySize, train.BatchSize, length);
        double[] seconds = new double[Counted];
        for (int i = -Warmup; i < Counted; i++)
        {
            double taken = Stopwatches.Seconds(() => step.Run(i + Warmup + 1, [.. Enumerable.Repeat(batch, train.AccumulationSteps)], 1e-4));
            if (i >= 0)
            {
                seconds[i] = taken;
            }
        }

        return 1 / Stopwatches.Median(seconds);
    }
}
