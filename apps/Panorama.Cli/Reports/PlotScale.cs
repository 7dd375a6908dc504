using System.Globalization;
using Panorama.Cli.Terminal;

namespace Panorama.Cli.Reports;

/// <summary>Maps values to pixels along one axis, linearly or logarithmically.</summary>
internal sealed class PlotScale
{
    private readonly bool _log;
    private readonly double _low;
    private readonly double _high;
    private readonly double _start;
    private readonly double _end;
    private readonly int _decimals;

    private PlotScale(bool log, double low, double high, double start, double end, IReadOnlyList<double> ticks)
    {
        (_log, _low, _high, _start, _end, Ticks) = (log, low, high, start, end, ticks);
        double step = ticks.Count > 1 ? ticks[1] - ticks[0] : Math.Max(Math.Abs(high), 1e-12);
        _decimals = Math.Clamp((int)Math.Ceiling(-Math.Log10(step) + (step >= 1 ? 0 : 0.4)), 0, 12);
    }

    /// <summary>Round values inside the range.</summary>
    public IReadOnlyList<double> Ticks { get; }

    /// <summary>Fits a scale to values.</summary>
    /// <param name="values">Finite values, at least one; positive if <paramref name="log"/>.</param>
    /// <param name="log">Whether the scale is logarithmic.</param>
    /// <param name="start">The pixel of the low end.</param>
    /// <param name="end">The pixel of the high end.</param>
    /// <param name="ticks">About how many ticks.</param>
    /// <param name="margin">Free space beyond the values, as a share of their range.</param>
    public static PlotScale Of(IEnumerable<double> values, bool log, double start, double end, int ticks, double margin)
    {
        double low = double.PositiveInfinity;
        double high = double.NegativeInfinity;
        bool whole = true;
        foreach (double value in values)
        {
            low = Math.Min(low, value);
            high = Math.Max(high, value);
            whole &= value == Math.Round(value);
        }

        if (log)
        {
            double factor = Math.Pow(Math.Max(high / low, 1.1), margin);
            (low, high) = (low / factor, high * factor);
            return new PlotScale(log, low, high, start, end, AxisTicks.Logarithmic(low, high));
        }

        double room = (high - low) * margin;
        if (high - low <= Math.Abs(high) * 1e-9)
            room = Math.Max(Math.Abs(high) * 0.05, whole ? 1 : 1e-6); // all values are the same
        bool nearZero = low >= 0 && low - room <= high * 0.05; // then the axis begins at 0
        (low, high) = (nearZero ? 0 : low - room, high + room);
        return new PlotScale(log, low, high, start, end, AxisTicks.Linear(low, high, ticks, whole && margin == 0));
    }

    /// <summary>The pixel of a value.</summary>
    /// <param name="value">A value.</param>
    public double Position(double value)
    {
        double part = _log ? Math.Log(value / _low) / Math.Log(_high / _low) : (value - _low) / (_high - _low);
        return _start + ((_end - _start) * part);
    }

    /// <summary>The value at a pixel.</summary>
    /// <param name="pixel">A pixel.</param>
    public double Value(double pixel)
    {
        double part = (pixel - _start) / (_end - _start);
        return _log ? _low * Math.Pow(_high / _low, part) : _low + ((_high - _low) * part);
    }

    /// <summary>A tick's label: as many decimals as tell the ticks apart.</summary>
    /// <param name="value">A value.</param>
    public string Label(double value) => _log
        ? Format.Significant(value).TrimEnd('0').TrimEnd('.') is { Length: > 0 } text && value < 1 ? text : value.ToString("#,0.##", CultureInfo.InvariantCulture)
        : (Math.Round(value, _decimals) + 0.0).ToString("N" + _decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
