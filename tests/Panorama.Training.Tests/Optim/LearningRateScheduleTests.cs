using Panorama.Training.Optim;
using Panorama.Training.Settings;

namespace Panorama.Training.Tests.Optim;

public sealed class LearningRateScheduleTests
{
    [Fact]
    public void WarmupStableDecay()
    {
        var schedule = new LearningRateSchedule(new OptimizerSettings { LearningRate = 1, WarmupSteps = 10, DecayFraction = 0.2, FinalFraction = 0.1 }, 100);
        Assert.Equal([0.1, 1, 1, 1, 0.55, 0.1], new long[] { 1, 10, 50, 80, 90, 100 }.Select(schedule.At), (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void Cosine()
    {
        var schedule = new LearningRateSchedule(new OptimizerSettings { LearningRate = 2, WarmupSteps = 0, Schedule = ScheduleKind.Cosine }, 100);
        Assert.Equal([1, 0], new long[] { 50, 100 }.Select(schedule.At), (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void NeverNegativeNorAboveThePeak()
    {
        Gen.Select(Gen.Int[1, 500], Gen.Int[0, 600], Gen.Double[0, 1], Gen.Enum<ScheduleKind>()).Sample((steps, warmup, decay, kind) =>
        {
            var schedule = new LearningRateSchedule(new OptimizerSettings { LearningRate = 1, WarmupSteps = warmup, DecayFraction = decay, Schedule = kind }, steps);
            return Enumerable.Range(1, steps).All(step => schedule.At(step) is >= 0 and <= 1 + 1e-12);
        });
    }
}
