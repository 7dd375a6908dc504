using Panorama.Cli.Terminal;

namespace Panorama.Cli.Reports;

/// <summary>Draws a chart as inline SVG: colours and fonts come from the page's style sheet, so it follows dark and light.</summary>
internal sealed class SvgChart
{
    private const double Width = 720;
    private const double Height = 280;
    private const double Top = 12;
    private const double Bottom = 44;
    private const double Right = 16;

    // Advance of a digit at the tick labels' 11 px; measured in common system fonts, rounded up.
    private const double DigitWidth = 6.8;

    // More points than pixels only make the page large.
    private const int MostPoints = 700;
    private const int HoverStrips = 72;
    private const int Colours = 6;

    private readonly Chart _chart;
    private readonly PlotScale _x;
    private readonly PlotScale _y;
    private readonly double _left;
    private readonly HtmlText _svg = new();

    private SvgChart(Chart chart, PlotScale x, PlotScale y, double left)
    {
        _chart = chart;
        _x = x;
        _y = y;
        _left = left;
    }

    /// <summary>Draws a chart with its title and legend.</summary>
    /// <param name="chart">What to draw.</param>
    public static HtmlText Render(Chart chart)
    {
        var figure = new HtmlText();
        figure.Add($"<figure class=\"chart\"><figcaption>{chart.Title}</figcaption>");
        List<(double X, double Y)> points = [.. chart.Series.SelectMany(series => Points(series, chart.LogY)).Where(point => double.IsFinite(point.Y))];
        if (points.Count == 0)
            return figure.Add($"<p class=\"note\">no values</p></figure>\n");

        var y = PlotScale.Of(points.Select(point => point.Y), chart.LogY, Height - Bottom, Top, 6, margin: 0.05);
        double left = 30 + (DigitWidth * y.Ticks.Max(tick => y.Label(tick).Length));
        var x = PlotScale.Of(points.Select(point => point.X), log: false, left, Width - Right, 8, margin: 0);
        var drawing = new SvgChart(chart, x, y, left);
        return figure.Add($"{drawing.Legend()}{drawing.Draw()}</figure>\n");
    }

    private HtmlText Draw()
    {
        _svg.Add($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{_chart.Title}: {_chart.YLabel} over {_chart.XLabel}\">\n");
        Axes();
        for (int i = 0; i < _chart.Series.Count; i++)
            Line(_chart.Series[i], ColourOf(i));
        Hover();
        return _svg.Add($"</svg>");
    }

    private void Axes()
    {
        double bottom = Height - Bottom;
        foreach (double tick in _y.Ticks)
        {
            _svg.Add($"<line class=\"grid\" x1=\"{_left}\" x2=\"{Width - Right}\" y1=\"{At(_y, tick)}\" y2=\"{At(_y, tick)}\"/>");
            _svg.Add($"<text class=\"tick\" text-anchor=\"end\" x=\"{_left - 6}\" y=\"{Round(_y.Position(tick) + 4)}\">{_y.Label(tick)}</text>\n");
        }

        foreach (double tick in _x.Ticks)
        {
            _svg.Add($"<line class=\"axis\" x1=\"{At(_x, tick)}\" x2=\"{At(_x, tick)}\" y1=\"{bottom}\" y2=\"{bottom + 4}\"/>");
            _svg.Add($"<text class=\"tick\" text-anchor=\"middle\" x=\"{At(_x, tick)}\" y=\"{bottom + 17}\">{_x.Label(tick)}</text>\n");
        }

        _svg.Add($"<line class=\"axis\" x1=\"{_left}\" x2=\"{Width - Right}\" y1=\"{bottom}\" y2=\"{bottom}\"/>");
        _svg.Add($"<text class=\"label\" text-anchor=\"middle\" x=\"{Round((_left + Width - Right) / 2)}\" y=\"{Height - 6}\">{_chart.XLabel}</text>");
        double middle = Round((Top + bottom) / 2);
        _svg.Add($"<text class=\"label\" text-anchor=\"middle\" transform=\"translate(13 {middle}) rotate(-90)\">{_chart.YLabel}</text>\n");
    }

    private void Line(ChartSeries series, int colour)
    {
        string style = series.Style == SeriesStyle.Faint ? "faint" : "line";
        foreach (IReadOnlyList<(double X, double Y)> piece in PointReduction.Pieces([.. Points(series, _chart.LogY)], MostPoints))
        {
            string path = string.Join(' ', piece.Select(point => System.FormattableString.Invariant($"{At(_x, point.X)},{At(_y, point.Y)}")));
            _svg.Add($"<polyline class=\"{style} c{colour}\" points=\"{path}\"/>\n");
            if (series.Style != SeriesStyle.Dots && piece.Count > 1)
                continue;
            foreach ((double x, double y) in piece)
                _svg.Add($"<circle class=\"dot c{colour}\" cx=\"{At(_x, x)}\" cy=\"{At(_y, y)}\" r=\"3\"/>");
        }
    }

    // Without script: each strip carries the values at its middle as a tooltip.
    private void Hover()
    {
        double strip = (Width - Right - _left) / HoverStrips;
        for (int i = 0; i < HoverStrips; i++)
        {
            double left = _left + (i * strip);
            double at = _x.Value(left + (strip / 2));
            string text = string.Join('\n', _chart.Series.Where(series => series.X.Count > 0).Select(series =>
            {
                int nearest = Nearest(series.X, at);
                return $"{series.Name}: {Format.Significant(series.Y[nearest])} at {_x.Label(series.X[nearest])}";
            }));
            _svg.Add($"<rect class=\"hover\" x=\"{Round(left)}\" y=\"{Top}\" width=\"{Round(strip)}\" height=\"{Height - Bottom - Top}\"><title>{text}</title></rect>\n");
        }
    }

    private HtmlText Legend()
    {
        var legend = new HtmlText();
        legend.Add($"<ul class=\"legend\">");
        for (int i = 0; i < _chart.Series.Count; i++)
        {
            ChartSeries series = _chart.Series[i];
            double last = series.Y.LastOrDefault(double.IsFinite, double.NaN);
            string pale = series.Style == SeriesStyle.Faint ? " pale" : "";
            legend.Add($"<li><i class=\"c{ColourOf(i)}{pale}\"></i>{series.Name} <b>{(double.IsFinite(last) ? Format.Significant(last) : "–")}</b></li>");
        }

        return legend.Add($"</ul>");
    }

    // Raw values share the colour of the line that follows them.
    private int ColourOf(int index) => _chart.Series.Take(index).Count(series => series.Style != SeriesStyle.Faint) % Colours;

    private static IEnumerable<(double X, double Y)> Points(ChartSeries series, bool log)
    {
        for (int i = 0; i < Math.Min(series.X.Count, series.Y.Count); i++)
        {
            double y = series.Y[i];
            yield return (series.X[i], double.IsFinite(y) && (!log || y > 0) ? y : double.NaN);
        }
    }

    private static int Nearest(IReadOnlyList<double> ascending, double value)
    {
        int low = 0;
        int high = ascending.Count - 1;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (ascending[middle] < value)
                low = middle + 1;
            else
                high = middle;
        }

        return low > 0 && value - ascending[low - 1] < ascending[low] - value ? low - 1 : low;
    }

    private static double At(PlotScale scale, double value) => Round(scale.Position(value));

    private static double Round(double pixels) => Math.Round(pixels, 1);
}
