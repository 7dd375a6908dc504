namespace Panorama.Training;

/// <summary>Figures of one step, for logs and progress.</summary>
/// <param name="Step">The step, from 1.</param>
/// <param name="TotalSteps">Steps of the whole run.</param>
/// <param name="Result">Loss, norm, learning rate.</param>
/// <param name="Seconds">Wall time of the step.</param>
/// <param name="TokensSeen">Positions processed since the run began.</param>
/// <param name="ModelFlopsUtilization">Share of the measured matrix-product speed, 0 to 1.</param>
public sealed record StepReport(long Step, long TotalSteps, StepResult Result, double Seconds, long TokensSeen, double ModelFlopsUtilization)
{
    /// <summary>Positions per second.</summary>
    public double TokensPerSecond => Result.Tokens / Seconds;
}

/// <summary>Follows a training run. Called on the training thread.</summary>
public interface ITrainingListener
{
    /// <summary>The run begins or resumes.</summary>
    /// <param name="step">Steps already done.</param>
    /// <param name="totalSteps">Steps of the whole run.</param>
    void Started(long step, long totalSteps);

    /// <summary>A step is done.</summary>
    /// <param name="report">Its figures.</param>
    void Stepped(StepReport report);

    /// <summary>A validation is done.</summary>
    /// <param name="step">Steps done.</param>
    /// <param name="figures">Metric names and values, such as <c>val_bpb</c>.</param>
    void Validated(long step, IReadOnlyDictionary<string, double> figures);

    /// <summary>A checkpoint is about to be written: what was told about its steps has to be on disk before it is, or a killed run would go on without it.</summary>
    void Saving();

    /// <summary>A checkpoint is safe on disk.</summary>
    /// <param name="step">Steps done.</param>
    /// <param name="folder">Where it lies.</param>
    void Saved(long step, string folder);

    /// <summary>Something worth a line: a size, a choice, an early end.</summary>
    /// <param name="message">What.</param>
    void Noted(string message);

    /// <summary>Something the user should know, while the run goes on.</summary>
    /// <param name="message">What, and what follows.</param>
    void Warned(string message);
}
