using Panorama.Core.Errors;
using Panorama.Core.IO;
using Panorama.Core.Runs;

namespace Panorama.Training;

/// <summary>Writes a run's figures to <c>metrics.jsonl</c> and TensorBoard files, under torchtitan's names, and passes them on.</summary>
/// <param name="folder">The run's folder.</param>
/// <param name="next">The next listener: the console.</param>
public sealed class RunLog(string folder, ITrainingListener next) : ITrainingListener, IDisposable
{
    private readonly Dictionary<string, double> _validated = new(StringComparer.Ordinal);
    private MetricsWriter? _metrics;
    private TensorBoardWriter? _board;
    private (long Step, (string Name, double Value)[] Values)? _pending;

    /// <inheritdoc/>
    public void Started(long step, long totalSteps)
    {
        DiskErrors.Guard(folder, null, () => Directory.CreateDirectory(folder));

        // Lines of steps after the checkpoint are written again.
        _metrics = MetricsWriter.Open(Path.Combine(folder, MetricsWriter.FileName), step);
        // The same for events: a start that was killed before its first checkpoint left some, too.
        string board = Path.Combine(folder, "tensorboard");
        bool first = !Directory.Exists(board) || !Directory.EnumerateFileSystemEntries(board).Any();
        _board = TensorBoardWriter.Create(board, first ? null : step);
        next.Started(step, totalSteps);
    }

    /// <inheritdoc/>
    public void Stepped(StepReport report)
    {
        WritePending();
        _pending = (report.Step,
        [
            ("loss_metrics/global_avg_loss", report.Result.Loss),
            ("throughput(tps)", report.TokensPerSecond),
            ("mfu(%)", 100 * report.ModelFlopsUtilization),
            ("memory/max_active(GiB)", ProcessMemory.PeakBytes / (double)(1L << 30)),
            ("memory/resident(GiB)", ProcessMemory.CurrentBytes / (double)(1L << 30)),
            ("optimizer/learning_rate", report.Result.LearningRate),
            ("optimizer/gradient_norm", report.Result.GradientNorm),
            ("n_tokens_seen", report.TokensSeen),
        ]);
        next.Stepped(report);
    }

    /// <inheritdoc/>
    public void Validated(long step, IReadOnlyDictionary<string, double> figures)
    {
        foreach ((string name, double value) in figures)
        {
            _validated[name] = value;
        }

        next.Validated(step, figures);
    }

    /// <inheritdoc/>
    public void Saving()
    {
        WritePending();
        _metrics?.Flush();
        next.Saving();
    }

    /// <inheritdoc/>
    public void Saved(long step, string folder) => next.Saved(step, folder);

    /// <inheritdoc/>
    public void Noted(string message) => next.Noted(message);

    /// <inheritdoc/>
    public void Warned(string message) => next.Warned(message);

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            WritePending();
        }
        catch (JobException)
        {
            // A run that comes to its end has saved, and so written, its last step: here another error ended it, which is
            // the one to tell. The step is not in a checkpoint and is taken again.
        }

        _metrics?.Dispose();
        _board?.Dispose();
    }

    // A step's line waits for its validation: one line a step.
    private void WritePending()
    {
        if (_pending is not { } pending)
        {
            return;
        }

        _pending = null; // a failed line must not be tried again
        (string, double)[] values = [.. pending.Values, .. _validated.Select(v => (v.Key, v.Value))];
        _metrics!.Write(pending.Step, values);
        _board!.Write(pending.Step, values);
        _validated.Clear();
    }
}
