using System.Globalization;
using Panorama.Cli.Terminal;
using Panorama.Training;

namespace Panorama.Cli.Models;

/// <summary>Shows a training run: a bar with loss, speed and time left; validations and checkpoints as lines.</summary>
/// <param name="console">Where.</param>
/// <param name="name">What is trained.</param>
internal sealed class ConsoleTrainingListener(IRunConsole console, string name) : ITrainingListener, IDisposable
{
    private const double Smoothing = 0.95;
    private IProgressTask? _task;
    private double _loss = double.NaN;
    private double _secondsPerToken = double.NaN;

    /// <inheritdoc/>
    public void Started(long step, long totalSteps)
    {
        if (step > 0)
        {
            console.Info(string.Create(CultureInfo.InvariantCulture, $"Resuming after step {step:N0} of {totalSteps:N0}"));
        }

        _task = console.StartTask(name, totalSteps, "steps");
        _task.Report(step);
    }

    /// <inheritdoc/>
    public void Stepped(StepReport report)
    {
        _loss = Smooth(_loss, report.Result.Loss);
        _secondsPerToken = Smooth(_secondsPerToken, 1 / report.TokensPerSecond);
        _task?.Report(report.Step, string.Create(CultureInfo.InvariantCulture, $"loss {_loss:f3} · {1 / _secondsPerToken:N0} tok/s"));
    }

    /// <inheritdoc/>
    public void Validated(long step, IReadOnlyDictionary<string, double> figures) =>
        console.Info(string.Create(CultureInfo.InvariantCulture, $"Step {step:N0}: {string.Join(", ", figures.Select(f => $"{f.Key} {f.Value.ToString("f4", CultureInfo.InvariantCulture)}"))}"));

    /// <inheritdoc/>
    public void Saving()
    {
        // Nothing is shown.
    }

    /// <inheritdoc/>
    public void Saved(long step, string folder)
    {
        // Checkpoints are no news: the run's folder lists them.
    }

    /// <inheritdoc/>
    public void Noted(string message) => console.Info(message);

    /// <inheritdoc/>
    public void Warned(string message) => console.Warn(message);

    /// <inheritdoc/>
    public void Dispose() => _task?.Dispose();

    private static double Smooth(double mean, double value) =>
        double.IsNaN(mean) || !double.IsFinite(value) ? value : (mean * Smoothing) + (value * (1 - Smoothing));
}
