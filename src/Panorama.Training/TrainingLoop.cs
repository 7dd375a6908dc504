using System.Diagnostics;
using Panorama.Core.Errors;
using Panorama.Modeling.Functions;
using Panorama.Modeling.Native;
using Panorama.Training.Checkpoints;
using Panorama.Training.Optim;
using static TorchSharp.torch;

namespace Panorama.Training;

/// <summary>
/// Runs the steps of a plan: resumes from the newest whole checkpoint, validates, saves, and stops cleanly.
/// The same plan gives bit-equal weights whether it ran in one go or was interrupted anywhere.
/// </summary>
public sealed class TrainingLoop : IDisposable
{
    // The runtime lets garbage grow to the size of the processor's caches before it collects any: tens of megabytes that would
    // look like a leak. A collection of the youngest generation takes well below a millisecond.
    private const int CollectEvery = 16;

    private readonly TrainingPlan _plan;
    private readonly ITrainingListener _listener;
    private readonly FlatOptimizer _optimizer;
    private readonly LossGuard _guard;
    private readonly CheckpointStore _store;
    private readonly EarlyStopping _early;
    private long _step;
    private long _tokens;
    private double _seconds;
    private double _lastLoss = double.NaN;
    private IReadOnlyDictionary<string, double> _validation = new Dictionary<string, double>(StringComparer.Ordinal);

    /// <summary>Allocates the optimizer's moments.</summary>
    /// <param name="plan">What to run.</param>
    /// <param name="listener">Follows the run.</param>
    public TrainingLoop(TrainingPlan plan, ITrainingListener listener)
    {
        (_plan, _listener) = (plan, listener);
        _optimizer = new FlatOptimizer(plan.Model.Trained, plan.Optimizer);
        _guard = new LossGuard(plan.Train.MaxSkippedSteps);
        _early = new EarlyStopping(plan.Train);
        _store = new CheckpointStore(Path.Combine(plan.Folder, "checkpoints"), listener.Warned);
        FusedKernels.Enabled = plan.Train.FusedKernels;
        plan.Model.RecomputeActivations = plan.Train.RecomputeActivations;
        plan.Model.ComputeType = plan.Train.Precision == "bfloat16" ? ScalarType.BFloat16 : plan.Model.Parameters!.Data.dtype;
    }

    /// <summary>Runs to the end, to <c>stop_at</c>, or until cancelled.</summary>
    /// <param name="cancellation">Ends the run after the step under way; its work is saved.</param>
    /// <exception cref="StoppedException">Cancelled; a checkpoint was written.</exception>
    /// <exception cref="JobException">The training diverges, or a checkpoint cannot be written.</exception>
    public TrainingOutcome Run(CancellationToken cancellation)
    {
        long total = _plan.Train.Steps;
        long stop = _plan.Train.StopAt > 0 ? Math.Min(_plan.Train.StopAt, total) : total;
        Resume();
        _listener.Started(_step, total);
        var schedule = new LearningRateSchedule(_plan.Optimizer, total);
        var stepper = new TrainStep(_plan.Model, _optimizer, _guard) { Seed = _plan.Train.Seed };
        double flopsPerSecond = HardwarePeak.FlopsPerSecond();
        double flopsPerToken = HardwarePeak.FlopsPerToken(_plan.Model.Config, _plan.Model.ParameterCount);
        bool saved = _step > 0;
        if (saved && IsJudgementPending && Measure(cancellation))
        {
            Save();
        }

        while (_step < stop && !_early.State.Stopped)
        {
            if (cancellation.IsCancellationRequested)
            {
                string folder = saved ? "the last checkpoint" : Save();
                throw new StoppedException($"Stopped after step {_step} of {total}; saved in {folder}. Run the same command again to go on.");
            }

            long began = Stopwatch.GetTimestamp();
            StepResult result = stepper.Run(_step + 1, _plan.Batches.Get(_step + 1), schedule.At(_step + 1));
            double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            _step++;
            _tokens += result.Tokens;
            _seconds += seconds;
            _lastLoss = result.Loss;
            Report(result, seconds, flopsPerToken / flopsPerSecond);
            if (_step % CollectEvery == 0)
            {
                GC.Collect(0, GCCollectionMode.Forced, blocking: true);
            }

            saved = false;
            // A stop while measuring ends the measurement; the steps are saved below or at the next turn.
            if (IsMeasured)
            {
                Measure(cancellation);
            }

            if (IsDue(_plan.Checkpoint.Every) || _step == stop || _early.State.Stopped)
            {
                Save();
                saved = true;
            }
        }

        bool finished = _step == total || _early.State.Stopped;
        if (finished && (IsJudgementPending || !TakeModel(cancellation)))
        {
            throw new StoppedException($"Stopped after the last step, {_step}, before the model was measured; all steps are saved. Run the same command again to finish.");
        }

        return new TrainingOutcome(_step, _tokens, _seconds, finished, _lastLoss, _guard.State.SkippedTotal, _validation) { BestStep = _early.State.BestStep };
    }

    /// <inheritdoc/>
    public void Dispose() => _optimizer.Dispose();

    private bool IsMeasured => IsDue(_plan.Train.EvaluateEvery) || _step == _plan.Train.Steps;

    // A measurement that was cut short is made again after the restart: without it the run would stop elsewhere.
    private bool IsJudgementPending => _early.IsOn && _plan.Validate is not null && IsMeasured && !_early.State.Stopped && _early.State.Judged < _step;

    private bool IsDue(int every) => every > 0 && _step % every == 0;

    private void Resume()
    {
        if (_store.LoadLatest(_plan.Identity, _plan.Model.Trained, _optimizer) is not { } state)
        {
            return;
        }

        (_step, _tokens, _seconds, _guard.State) = (state.Step, state.Tokens, state.Seconds, state.Guard);
        _early.State = state.EarlyStopping ?? _early.State;
    }

    private void Report(StepResult result, double seconds, double peakSecondsPerToken)
    {
        if (result.Skipped)
        {
            _listener.Warned($"step {_step} was skipped: loss {result.Loss:g4}, gradient norm {result.GradientNorm:g4}");
        }

        _listener.Stepped(new StepReport(_step, _plan.Train.Steps, result, seconds, _tokens, result.Tokens / seconds * peakSecondsPerToken));
    }

    // Whether the model was measured, and judged where that decides when to stop.
    private bool Measure(CancellationToken cancellation)
    {
        if (!Validate(cancellation))
        {
            return false;
        }

        _listener.Validated(_step, _validation);
        if (_early.IsOn)
        {
            Judge();
        }

        return true;
    }

    private bool Validate(CancellationToken cancellation)
    {
        if (_plan.Validate is not { } validate || cancellation.IsCancellationRequested)
        {
            return false;
        }

        _validation = new Dictionary<string, double>(StringComparer.Ordinal);
        try
        {
            _validation = validate(cancellation);
            return true;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return false; // the loop saves and says so
        }
    }

    private void Judge()
    {
        if (_early.Improves(_step, _validation[EarlyStopping.Figure]))
        {
            _store.SaveBest(_plan.Model.Trained);
        }

        if (_early.State.Stopped && _step < _plan.Train.Steps)
        {
            _listener.Noted($"Stopped early after step {_step}: {_plan.Train.EarlyStoppingPatience} measurements without improvement. The weights are those of step {_early.State.BestStep}, the best.");
        }
    }

    // The best weights, and the figures of those handed over; false when it was stopped before they were measured.
    private bool TakeModel(CancellationToken cancellation)
    {
        if (_early.IsOn && _early.State.BestStep is { } best && best != _step)
        {
            _store.LoadBest(_plan.Model.Trained);
            return Validate(cancellation);
        }

        // A run that was finished before only measures its model again.
        return _plan.Validate is null || _validation.Count > 0 || Validate(cancellation);
    }

    private string Save()
    {
        _listener.Saving();
        string folder = _store.Save(
            new TrainingState
            {
                Identity = _plan.Identity,
                Step = _step,
                Updates = _optimizer.Updates,
                Tokens = _tokens,
                Seconds = _seconds,
                Guard = _guard.State,
                EarlyStopping = _early.IsOn ? _early.State : null,
                Random = CheckpointStore.RandomState(),
            },
            _plan.Model.Trained,
            _optimizer,
            _plan.Checkpoint.Keep);
        _listener.Saved(_step, folder);
        return folder;
    }
}
