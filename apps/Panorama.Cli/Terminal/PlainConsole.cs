namespace Panorama.Cli.Terminal;

/// <summary>Plain lines for files, pipes and terminals without cursor movement.</summary>
/// <param name="writer">Where to write.</param>
/// <param name="clock">Spaces the progress lines.</param>
internal sealed class PlainConsole(TextWriter writer, TimeProvider clock) : IRunConsole
{
    // Often enough to see that it lives, seldom enough to keep a log readable.
    private static readonly TimeSpan LineSpacing = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();

    /// <inheritdoc/>
    public bool IsInteractive => false;

    /// <inheritdoc/>
    public void Info(string message) => WriteLine(message);

    /// <inheritdoc/>
    public void Warn(string message) => WriteLine($"warning: {message}");

    /// <inheritdoc/>
    public void Heading(string title) => WriteLine($"== {title}");

    /// <inheritdoc/>
    public void Write(string text)
    {
        lock (_lock)
            writer.Write(TerminalText.Clean(text));
    }

    /// <inheritdoc/>
    public void Table(TextTable table) => WriteLine(PlainTable.Render(table));

    /// <inheritdoc/>
    public IProgressTask StartTask(string name, long? total, string unit) => new PlainTask(this, name, new ProgressMeter(total, unit, clock), clock);

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
            writer.Flush();
    }

    private void WriteLine(string line)
    {
        lock (_lock)
            writer.WriteLine(TerminalText.Clean(line));
    }

    private sealed class PlainTask(PlainConsole console, string name, ProgressMeter meter, TimeProvider clock) : IProgressTask
    {
        private long _lastLine = clock.GetTimestamp();
        private int _ended;

        public void Report(long done, string? detail = null)
        {
            meter.Report(done, detail);
            long last = Volatile.Read(ref _lastLine);
            long now = clock.GetTimestamp();
            if (clock.GetElapsedTime(last, now) >= LineSpacing && Interlocked.CompareExchange(ref _lastLine, now, last) == last)
                console.WriteLine($"{name}: {meter.Line()}");
        }

        public void SetTotal(long total) => meter.SetTotal(total);

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _ended, 1) == 0)
                console.WriteLine($"{name}: {meter.Summary()}");
        }
    }
}
