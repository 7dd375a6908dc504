namespace Panorama.Cli.Reports;

/// <summary>Lines over a common horizontal axis.</summary>
/// <param name="Title">What is plotted.</param>
/// <param name="XLabel">The horizontal axis with its unit.</param>
/// <param name="YLabel">The vertical axis with its unit.</param>
/// <param name="Series">The lines; points that are not finite are left out and break a line.</param>
/// <param name="LogY">Whether the vertical axis is logarithmic; values that are not positive are then left out.</param>
internal sealed record Chart(string Title, string XLabel, string YLabel, IReadOnlyList<ChartSeries> Series, bool LogY = false);

/// <summary>How a series is drawn.</summary>
internal enum SeriesStyle
{
    /// <summary>A line.</summary>
    Line,

    /// <summary>A thin pale line: raw values behind a smoothed line of the same colour as the next series.</summary>
    Faint,

    /// <summary>A line with a dot at each value.</summary>
    Dots,
}

/// <summary>Values over the horizontal axis.</summary>
/// <param name="Name">Shown in the legend.</param>
/// <param name="X">Positions, ascending.</param>
/// <param name="Y">Values, as many as <paramref name="X"/>.</param>
/// <param name="Style">How it is drawn.</param>
internal sealed record ChartSeries(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y, SeriesStyle Style = SeriesStyle.Line)
{
    /// <summary>
    /// The exponential moving average, free of the bias towards the start (Kingma and Ba 2015, arXiv:1412.6980, section 3).
    /// Values that are not finite are skipped.
    /// </summary>
    /// <param name="name">The name of the new series.</param>
    /// <param name="span">About how many values are averaged, at least 1.</param>
    public ChartSeries Smoothed(string name, int span)
    {
        double keep = 1 - (2.0 / (Math.Max(1, span) + 1));
        double[] smooth = new double[Y.Count];
        double sum = 0;
        double weight = 0;
        for (int i = 0; i < smooth.Length; i++)
        {
            if (double.IsFinite(Y[i]))
            {
                sum = (keep * sum) + ((1 - keep) * Y[i]);
                weight = (keep * weight) + (1 - keep);
            }

            smooth[i] = weight > 0 ? sum / weight : double.NaN;
        }

        return new ChartSeries(name, X, smooth);
    }
}
