namespace Panorama.Cli.Reports;

/// <summary>Makes long series small without hiding their extremes.</summary>
internal static class PointReduction
{
    /// <summary>Cuts a series where values are missing, and thins it to the lowest and highest value of each stretch.</summary>
    /// <param name="points">The points in order; a value that is not a number is missing.</param>
    /// <param name="most">About how many points may remain, at least 4.</param>
    public static IEnumerable<IReadOnlyList<(double X, double Y)>> Pieces(IReadOnlyList<(double X, double Y)> points, int most)
    {
        int stretch = Math.Max(1, (points.Count + (most / 2) - 1) / (most / 2));
        int start = 0;
        for (int i = 0; i <= points.Count; i++)
        {
            if (i < points.Count && !double.IsNaN(points[i].Y))
                continue;
            if (i > start)
                yield return stretch <= 2 ? [.. points.Skip(start).Take(i - start)] : Thin(points, start, i, stretch);
            start = i + 1;
        }
    }

    private static List<(double X, double Y)> Thin(IReadOnlyList<(double X, double Y)> points, int start, int end, int stretch)
    {
        List<(double X, double Y)> kept = [points[start]];
        for (int from = start + 1; from < end - 1; from += stretch)
        {
            int to = Math.Min(from + stretch, end - 1);
            int low = from;
            int high = from;
            for (int i = from + 1; i < to; i++)
            {
                if (points[i].Y < points[low].Y)
                    low = i;
                if (points[i].Y > points[high].Y)
                    high = i;
            }

            kept.Add(points[Math.Min(low, high)]);
            if (low != high)
                kept.Add(points[Math.Max(low, high)]);
        }

        if (end - start > 1)
            kept.Add(points[end - 1]);
        return kept;
    }
}
