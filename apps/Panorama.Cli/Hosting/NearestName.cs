namespace Panorama.Cli.Hosting;

/// <summary>Finds the name a mistyped one was probably meant to be.</summary>
internal static class NearestName
{
    /// <summary>Longer input is never a typing mistake of a name and is not compared.</summary>
    private const int LongestName = 128;

    /// <summary>The candidate nearest to <paramref name="typed"/>, or <see langword="null"/> when none is close.</summary>
    /// <param name="typed">What the user wrote.</param>
    /// <param name="candidates">The right names.</param>
    public static string? Find(string typed, IEnumerable<string> candidates)
    {
        if (typed.Length is 0 or > LongestName)
            return null;
        string? best = null;
        int bestDistance = int.MaxValue;
        foreach (string candidate in candidates)
        {
            int distance = Distance(typed, candidate);
            if (distance < bestDistance)
            {
                best = candidate;
                bestDistance = distance;
            }
        }

        return best is not null && bestDistance <= Tolerance(best) ? best : null;
    }

    /// <summary>A sentence for an error message: <c>" Did you mean X?"</c>, or nothing.</summary>
    /// <inheritdoc cref="Find"/>
    public static string Hint(string typed, IEnumerable<string> candidates) =>
        Find(typed, candidates) is { } name ? $" Did you mean {name}?" : "";

    /// <summary>
    /// Edits that turn one text into the other, ignoring case: insert, delete, replace, swap of neighbours
    /// (optimal string alignment; Damerau 1964, doi:10.1145/363958.363994).
    /// </summary>
    /// <param name="a">One text.</param>
    /// <param name="b">The other text.</param>
    public static int Distance(string a, string b)
    {
        int[] beforeLast = new int[b.Length + 1];
        int[] last = new int[b.Length + 1];
        int[] current = new int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++)
            last[j] = j;

        for (int i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replace = last[j - 1] + (Same(a[i - 1], b[j - 1]) ? 0 : 1);
                int best = Math.Min(replace, 1 + Math.Min(last[j], current[j - 1]));
                if (i > 1 && j > 1 && Same(a[i - 1], b[j - 2]) && Same(a[i - 2], b[j - 1]))
                    best = Math.Min(best, beforeLast[j - 2] + 1);
                current[j] = best;
            }

            (beforeLast, last, current) = (last, current, beforeLast);
        }

        return last[b.Length];
    }

    // One slip for a short name, a third of a long one: "dat" is "data", but "run" is not "env".
    private static int Tolerance(string name) => Math.Max(1, name.Length / 3);

    private static bool Same(char a, char b) => char.ToLowerInvariant(a) == char.ToLowerInvariant(b);
}
