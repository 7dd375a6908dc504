using System.Globalization;
using System.Xml.Linq;
using Panorama.Cli.Reports;

namespace Panorama.Cli.Tests.Reports;

public sealed class SvgChartTests
{
    [Theory]
    [InlineData(0, 1, 6, new[] { 0, 0.2, 0.4, 0.6, 0.8, 1 })]
    [InlineData(0, 1500, 8, new double[] { 0, 250, 500, 750, 1000, 1250, 1500 })]
    [InlineData(-3, 3, 4, new double[] { -2, 0, 2 })]
    [InlineData(1.07, 1.13, 4, new[] { 1.08, 1.1, 1.12 })]
    public void Linear_ticks_are_round(double low, double high, int count, double[] expected) =>
        Assert.Equal(expected, AxisTicks.Linear(low, high, count).Select(tick => Math.Round(tick, 9)));

    [Theory]
    [InlineData(2, 9, new double[] { 2, 4, 6, 8 })]
    [InlineData(1, 100, new double[] { 1, 2, 5, 10, 20, 50, 100 })]
    [InlineData(1e-6, 1, new[] { 1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1 })]
    public void Logarithmic_ticks_are_round(double low, double high, double[] expected) =>
        Assert.Equal(expected, AxisTicks.Logarithmic(low, high).Select(tick => double.Parse(tick.ToString("G6", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)));

    [Fact]
    public void Ticks_lie_inside_any_range_and_are_few() => Gen.Select(Gen.Double[-1e9, 1e9], Gen.Double[1e-6, 1e9], Gen.Int[2, 12]).Sample((low, size, count) =>
    {
        IReadOnlyList<double> ticks = AxisTicks.Linear(low, low + size, count);
        Assert.All(ticks, tick => Assert.InRange(tick, low - (size * 1e-6), low + (size * 1.000001)));
        Assert.InRange(ticks.Count, 0, (2 * count) + 2);
    });

    [Fact]
    public void A_line_goes_through_its_values()
    {
        XElement svg = Draw(new Chart("t", "x", "y", [new ChartSeries("s", [0, 10], [0, 100])]));
        double[] points = Numbers(svg.Descendants("polyline").Single());
        double[] axis = [.. svg.Elements("line").Last().Attributes().Where(a => a.Name != "class").Select(a => double.Parse(a.Value, CultureInfo.InvariantCulture))]; // x1 x2 y1 y2
        Assert.Equal(axis[0], points[0], 0.11);
        Assert.Equal(axis[1], points[2], 0.11);
        Assert.Equal(axis[2], points[1], 0.11); // 0 is the bottom
        Assert.InRange(points[3], 12, 40); // 100 is near the top
    }

    [Fact]
    public void Missing_values_break_the_line_and_lonely_ones_are_dots()
    {
        XElement svg = Draw(new Chart("t", "x", "y", [new ChartSeries("s", [1, 2, 3, 4, 5, 6], [1, 2, double.NaN, 4, double.PositiveInfinity, 6])]));
        Assert.Equal([4, 2, 2], svg.Descendants("polyline").Select(line => Numbers(line).Length));
        Assert.Equal(2, svg.Descendants("circle").Count());
    }

    [Fact]
    public void A_logarithmic_chart_leaves_out_what_has_no_logarithm()
    {
        XElement svg = Draw(new Chart("t", "x", "y", [new ChartSeries("s", [1, 2, 3, 4], [0, 1, 10, 100])], LogY: true));
        double[] points = Numbers(svg.Descendants("polyline").Single());
        Assert.Equal(6, points.Length);
        Assert.Equal(points[1] - points[3], points[3] - points[5], 0.21); // equal ratios, equal distances
    }

    [Fact]
    public void Any_series_gives_a_well_formed_drawing_inside_its_frame()
    {
        Gen<double> value = Gen.OneOf(Gen.Double, Gen.Double[-1, 1], Gen.Const(0.0), Gen.Const(double.NaN), Gen.Const(double.NegativeInfinity));
        Gen.Select(value.Array[0, 40], Gen.Bool, Gen.Enum<SeriesStyle>()).Sample((values, log, style) =>
        {
            var series = new ChartSeries("s", [.. values.Select((_, i) => (double)i)], values, style);
            XElement figure = XElement.Parse(SvgChart.Render(new Chart("t", "x", "y", [series], log)).ToString());
            foreach (XElement line in figure.Descendants("polyline"))
                Assert.All(Numbers(line), pixel => Assert.InRange(pixel, -0.1, 720.1));
        });
    }

    [Fact]
    public void Thinning_keeps_the_ends_and_the_extremes() => Gen.Double[-100, 100].Array[1, 5000].Sample(values =>
    {
        List<(double X, double Y)> points = [.. values.Select((y, x) => ((double)x, y))];
        IReadOnlyList<(double X, double Y)> kept = PointReduction.Pieces(points, 100).Single();
        Assert.True(kept.Count <= 104, $"{kept.Count} points of {points.Count}");
        Assert.Equal(points[0], kept[0]);
        Assert.Equal(points[^1], kept[^1]);
        Assert.Equal(values.Min(), kept.Min(point => point.Y));
        Assert.Equal(values.Max(), kept.Max(point => point.Y));
        Assert.Equal(kept.OrderBy(point => point.X), kept);
    });

    [Fact]
    public void Smoothing_has_no_bias_towards_the_start()
    {
        ChartSeries smooth = new ChartSeries("raw", [1, 2, 3, 4], [8, 8, double.NaN, 8]).Smoothed("smooth", 10);
        Assert.All(smooth.Y, value => Assert.Equal(8, value, 1e-12));
        // keep = 1 - 2/4 = 1/2: (1/4·0 + 1/2·6) / (3/4) = 4
        Assert.Equal(4, new ChartSeries("raw", [1, 2], [0, 6]).Smoothed("smooth", 3).Y[1], 1e-12);
    }

    private static XElement Draw(Chart chart) => XElement.Parse(SvgChart.Render(chart).ToString()).Descendants("svg").Single();

    private static double[] Numbers(XElement polyline) =>
        [.. polyline.Attribute("points")!.Value.Split(' ', ',').Select(number => double.Parse(number, CultureInfo.InvariantCulture))];
}
