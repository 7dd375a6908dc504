namespace Panorama.Cli.Terminal;

/// <summary>
/// Progress that is told at once, on the thread that reports. <see cref="Progress{T}"/> posts to the thread pool instead:
/// its last report may come after the bar has ended.
/// </summary>
/// <typeparam name="T">What is reported.</typeparam>
/// <param name="report">Called for each report; safe for use by several threads, as bars are.</param>
internal sealed class DirectProgress<T>(Action<T> report) : IProgress<T>
{
    /// <inheritdoc/>
    public void Report(T value) => report(value);
}
