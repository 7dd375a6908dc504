using System.Collections.Concurrent;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Panorama.Cli.Terminal;

/// <summary>A live region of progress bars that lives until it is disposed.</summary>
internal sealed class LiveBars : IDisposable
{
    private readonly ConcurrentDictionary<int, ProgressMeter> _meters = new();
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<ProgressContext> _context = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _region;
    private int _open;

    /// <summary>Opens the region.</summary>
    /// <param name="console">The terminal.</param>
    public LiveBars(IAnsiConsole console)
    {
        _region = Task.Run(() => console.Progress()
            .AutoClear(false)
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left },
                new ProgressBarColumn { Width = 24 },
                new MeterColumn(_meters))
            .StartAsync(context =>
            {
                _context.SetResult(context);
                return _end.Task;
            }));
    }

    /// <summary>Whether every bar has ended.</summary>
    public bool AllEnded => Volatile.Read(ref _open) == 0;

    /// <summary>Adds a bar.</summary>
    /// <param name="name">What is done.</param>
    /// <param name="meter">Its state.</param>
    /// <param name="ended">Called once when the bar ends.</param>
    public IProgressTask Add(string name, ProgressMeter meter, Action<LiveBars> ended)
    {
        Interlocked.Increment(ref _open);
        ProgressTask bar = _context.Task.GetAwaiter().GetResult().AddTask(Markup.Escape(TerminalText.Shorten(name, 32)), maxValue: 1);
        bar.IsIndeterminate = meter.Fraction is null;
        _meters[bar.Id] = meter;
        return new Bar(this, bar, meter, ended);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _end.TrySetResult();
        _region.GetAwaiter().GetResult();
    }

    private sealed class Bar(LiveBars owner, ProgressTask bar, ProgressMeter meter, Action<LiveBars> ended) : IProgressTask
    {
        private int _ended;

        public void Report(long done, string? detail = null)
        {
            meter.Report(done, detail);
            if (meter.Fraction is { } fraction)
                bar.Value = Math.Min(fraction, 0.9999); // a full bar counts as finished: only Dispose says so
        }

        public void SetTotal(long total)
        {
            meter.SetTotal(total);
            bar.IsIndeterminate = false;
        }

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _ended, 1) != 0)
                return;
            bar.IsIndeterminate = false;
            if (meter.Fraction is null or >= 1)
                bar.Value = 1;
            bar.StopTask();
            Interlocked.Decrement(ref owner._open);
            ended(owner);
        }
    }

    private sealed class MeterColumn(ConcurrentDictionary<int, ProgressMeter> meters) : ProgressColumn
    {
        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(meters.TryGetValue(task.Id, out ProgressMeter? meter) ? task.IsFinished ? meter.Summary() : meter.Line() : "").Overflow(Overflow.Ellipsis);
    }
}
