namespace Panorama.Cli.Reports;

/// <summary>Round numbers for an axis.</summary>
internal static class AxisTicks
{
    private static readonly double[] Steps = [1, 2, 2.5, 5, 10];

    /// <summary>Multiples of 1, 2, 2.5 or 5 times a power of ten inside a range.</summary>
    /// <param name="low">The lower end.</param>
    /// <param name="high">The upper end, above <paramref name="low"/>.</param>
    /// <param name="count">About how many are wanted, at least 2.</param>
    /// <param name="wholeOnly">Whether the axis counts things.</param>
    public static IReadOnlyList<double> Linear(double low, double high, int count, bool wholeOnly = false)
    {
        double rough = (high - low) / Math.Max(1, count - 1);
        double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = Steps.First(factor => factor * power >= rough * 0.999) * power;
        if (wholeOnly)
            step = Math.Max(1, Math.Ceiling(step));
        List<double> ticks = [];
        for (double i = Math.Ceiling((low / step) - 1e-9); i * step <= high + (step * 1e-9); i++)
            ticks.Add(i * step);
        return ticks;
    }

    /// <summary>Powers of ten inside a range, with their multiples of 2 and 5 where the range is short.</summary>
    /// <param name="low">The lower end, positive.</param>
    /// <param name="high">The upper end, above <paramref name="low"/>.</param>
    public static IReadOnlyList<double> Logarithmic(double low, double high)
    {
        double decades = Math.Log10(high / low);
        if (decades < 1)
            return Linear(low, high, 5);
        double[] factors = decades < 4 ? [1, 2, 5] : [1];
        int stride = Math.Max(1, (int)Math.Ceiling(decades / 8));
        List<double> ticks = [];
        for (int power = (int)Math.Floor(Math.Log10(low)); power <= Math.Ceiling(Math.Log10(high)); power += stride)
        {
            foreach (double factor in factors)
            {
                double tick = factor * Math.Pow(10, power);
                if (tick >= low * 0.999999 && tick <= high * 1.000001)
                    ticks.Add(tick);
            }
        }

        return ticks;
    }
}
