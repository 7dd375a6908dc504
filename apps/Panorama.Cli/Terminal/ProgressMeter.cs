using System.Globalization;
using System.Text;

namespace Panorama.Cli.Terminal;

/// <summary>Rate and time left of a piece of work, from the reports of the last seconds. Safe for use by several threads.</summary>
internal sealed class ProgressMeter
{
    // The rate of the last 20 s follows a change of speed and is steady enough to read.
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan SampleSpacing = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private readonly TimeProvider _clock;
    private readonly long _started;
    private readonly Queue<(long Time, long Done)> _samples = new();
    private readonly string _unit;
    private (long Time, long Done) _newest;
    private long _done;
    private long? _total;
    private string _detail = "";

    /// <summary>Starts the clock.</summary>
    /// <param name="total">Units to do, or <see langword="null"/> if unknown.</param>
    /// <param name="unit">The unit; <c>B</c> is shown as bytes.</param>
    /// <param name="clock">The clock.</param>
    public ProgressMeter(long? total, string unit, TimeProvider clock)
    {
        _total = total;
        _unit = unit;
        _clock = clock;
        _started = clock.GetTimestamp();
    }

    /// <summary>Time since the start.</summary>
    public TimeSpan Elapsed => _clock.GetElapsedTime(_started);

    /// <summary>The part done, 0 to 1, or <see langword="null"/> if the total is unknown.</summary>
    public double? Fraction
    {
        get
        {
            lock (_lock)
                return _total is { } total ? total <= 0 ? 1 : Math.Clamp((double)_done / total, 0, 1) : null;
        }
    }

    /// <summary>Units a second over the last seconds; 0 before two reports.</summary>
    public double Rate
    {
        get
        {
            lock (_lock)
                return RateLocked();
        }
    }

    /// <summary>Time left at the present rate, or <see langword="null"/> if nobody can know.</summary>
    public TimeSpan? Remaining
    {
        get
        {
            lock (_lock)
            {
                double rate = RateLocked();
                if (_total is not { } total || rate <= 0)
                    return null;
                double seconds = Math.Max(0, total - _done) / rate;
                return seconds < TimeSpan.MaxValue.TotalSeconds / 2 ? TimeSpan.FromSeconds(seconds) : null;
            }
        }
    }

    /// <inheritdoc cref="IProgressTask.Report"/>
    public void Report(long done, string? detail)
    {
        lock (_lock)
        {
            long now = _clock.GetTimestamp();
            _done = done;
            _detail = detail is null ? _detail : TerminalText.Shorten(detail, 120);
            _newest = (now, done);
            if (_samples.Count == 0 || _clock.GetElapsedTime(_samples.Last().Time, now) >= SampleSpacing)
                _samples.Enqueue(_newest);
            while (_samples.Count > 2 && _clock.GetElapsedTime(_samples.Peek().Time, now) > Window)
                _samples.Dequeue();
        }
    }

    /// <inheritdoc cref="IProgressTask.SetTotal"/>
    public void SetTotal(long total)
    {
        lock (_lock)
            _total = total;
    }

    /// <summary>The state in one line: <c>120/400 steps (30 %) · 12.3 steps/s · 23 s left · loss 2.31</c>.</summary>
    public string Line()
    {
        (long done, long? total, string detail) = Snapshot();
        var line = new StringBuilder(Amount(done));
        if (total is { } all)
            line.Append(CultureInfo.InvariantCulture, $"/{Amount(all)}");
        if (_unit != "B")
            line.Append(' ').Append(_unit);
        if (Fraction is { } fraction)
            line.Append(CultureInfo.InvariantCulture, $" ({Math.Floor(fraction * 100):0} %)");
        if (Rate is > 0 and var rate)
            line.Append(" · ").Append(RateText(rate));
        if (Remaining is { } remaining && done < total)
            line.Append(" · ").Append(Format.Duration(remaining)).Append(" left");
        if (detail.Length > 0)
            line.Append(" · ").Append(detail);
        return line.ToString();
    }

    /// <summary>What was done, in one line: <c>400 steps in 33 s · loss 2.31</c>.</summary>
    public string Summary()
    {
        (long done, _, string detail) = Snapshot();
        string amount = _unit == "B" ? Amount(done) : $"{Amount(done)} {_unit}";
        return $"{amount} in {Format.Duration(Elapsed)}{(detail.Length > 0 ? " · " + detail : "")}";
    }

    private (long Done, long? Total, string Detail) Snapshot()
    {
        lock (_lock)
            return (_done, _total, _detail);
    }

    private double RateLocked()
    {
        if (_samples.Count == 0)
            return 0;
        (long time, long done) = _samples.Peek();
        double seconds = _clock.GetElapsedTime(time, _newest.Time).TotalSeconds;
        return seconds > 0 ? Math.Max(0, (_newest.Done - done) / seconds) : 0;
    }

    private string Amount(long value) => _unit == "B" ? Format.Bytes(value) : Format.Count(value);

    private string RateText(double rate) => _unit == "B" ? $"{Format.Bytes((long)rate)}/s" : $"{Format.Significant(rate)} {_unit}/s";
}
