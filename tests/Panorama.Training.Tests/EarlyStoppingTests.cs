using Panorama.Core.Errors;
using Panorama.Training.Settings;

namespace Panorama.Training.Tests;

public sealed class EarlyStoppingTests
{
    // Measured every second step: falls to step 6, then rises.
    private static readonly double[] Curve = [5, 4, 3, 3.5, 3.6, 3.7, 3.8, 3.9];

    [Fact]
    public void StopsAfterThePatienceAndHandsOverTheBestWeights()
    {
        using var run = Watched();
        TrainingOutcome outcome = run.Run(40, patience: 3);
        Assert.Equal((12, true, 6), (outcome.Step, outcome.Finished, outcome.BestStep!.Value));
        Assert.Contains(run.Notes, n => n.Contains("Stopped early after step 12", StringComparison.Ordinal));
        Assert.Equal(WeightsAfter(6), run.Weights);
    }

    [Fact]
    public void AnInterruptedRunEndsTheSame()
    {
        using var whole = Watched();
        whole.Run(40, patience: 3);
        using var first = Watched();
        Assert.False(first.Run(40, stopAt: 9, patience: 3).Finished);
        using var second = Watched(first.Folder, done: 4);
        TrainingOutcome outcome = second.Run(40, patience: 3);
        Assert.Equal((12, 6), (outcome.Step, outcome.BestStep!.Value));
        Assert.Equal(whole.Weights, second.Weights);
        using var again = Watched(first.Folder, done: 6);
        Assert.Equal((12, true), (again.Run(40, patience: 3).Step, again.Losses.Count == 0));
        Assert.Equal(whole.Weights, again.Weights);
    }

    [Fact]
    public void ARunThatEndsInTimeStillHandsOverItsBest()
    {
        using var run = Watched();
        TrainingOutcome outcome = run.Run(10, patience: 9);
        Assert.Equal((10, 6), (outcome.Step, outcome.BestStep!.Value));
        Assert.Equal(WeightsAfter(6, steps: 10), run.Weights);
    }

    [Theory]
    [InlineData(3)] // the best
    [InlineData(5)]
    [InlineData(6)] // the one that ends the run
    public void AMeasurementCutShortIsMadeAgain(int cut)
    {
        using var whole = Watched();
        whole.Run(40, patience: 3);
        using var stop = new CancellationTokenSource();
        using var first = Watched(cancelAt: cut, stop: stop);
        Assert.Throws<StoppedException>(() => first.Run(40, patience: 3, cancellation: stop.Token));
        using var second = Watched(first.Folder, done: cut - 1);
        TrainingOutcome outcome = second.Run(40, patience: 3);
        Assert.Equal((12, 6), (outcome.Step, outcome.BestStep!.Value));
        Assert.Equal(whole.Weights, second.Weights);
    }

    [Theory]
    [InlineData(5)] // the last measurement of the run
    [InlineData(6)] // that of the best weights
    public void AStopAfterTheLastStepDoesNotPassTheLastWeightsOffAsTheBest(int cut)
    {
        using var stop = new CancellationTokenSource();
        using var first = Watched(cancelAt: cut, stop: stop);
        Assert.Throws<StoppedException>(() => first.Run(10, patience: 9, cancellation: stop.Token));
        using var second = Watched(first.Folder, done: cut - 1);
        TrainingOutcome outcome = second.Run(10, patience: 9);
        Assert.Equal((10, 6), (outcome.Step, outcome.BestStep!.Value));
        Assert.Equal(WeightsAfter(6, steps: 10), second.Weights);
    }

    [Fact]
    public void OnlyAFallBeyondTheThresholdCounts()
    {
        var early = new EarlyStopping(new TrainSettings { EarlyStoppingPatience = 2, EarlyStoppingThreshold = 0.1 });
        Assert.True(early.Improves(1, 3));
        Assert.False(early.Improves(2, 2.95));
        Assert.False(early.State.Stopped);
        Assert.False(early.Improves(3, double.NaN));
        Assert.True(early.State.Stopped);
        Assert.Equal(1, early.State.BestStep);
    }

    [Fact]
    public void HowOftenIsMeasuredBelongsToTheIdentityOnlyWhenItDecides()
    {
        var train = new TrainSettings { EvaluateEvery = 5 };
        Assert.Equal(RunIdentity.Of(train), RunIdentity.Of(train with { EvaluateEvery = 6 }));
        var watched = train with { EarlyStoppingPatience = 2 };
        Assert.NotEqual(RunIdentity.Of(watched), RunIdentity.Of(watched with { EvaluateEvery = 6 }));
    }

    [Fact]
    public void PatienceNeedsMeasurements()
    {
        new TrainSettings { EvaluateEvery = 0 }.RequireMeasurements();
        new TrainSettings { EarlyStoppingPatience = 1 }.RequireMeasurements();
        Assert.Throws<InputException>(new TrainSettings { EarlyStoppingPatience = 1, EvaluateEvery = 0 }.RequireMeasurements);
    }

    private static TinyRun Watched(string? folder = null, int done = 0, int cancelAt = 0, CancellationTokenSource? stop = null)
    {
        int measured = done;
        return new TinyRun(folder)
        {
            Measure = token =>
            {
                if (++measured == cancelAt)
                {
                    stop!.Cancel();
                    token.ThrowIfCancellationRequested();
                }

                return new Dictionary<string, double> { [EarlyStopping.Figure] = Curve[Math.Min(measured, Curve.Length) - 1] };
            },
        };
    }

    private static float[] WeightsAfter(int step, int steps = 40)
    {
        using var run = new TinyRun();
        run.Run(steps, stopAt: step);
        return run.Weights;
    }
}
