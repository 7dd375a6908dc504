namespace Panorama.Data.Dedup;

/// <summary>Exact similarity of sets: the size of their intersection over the size of their union.</summary>
public static class Jaccard
{
    /// <summary>The similarity of two sets, from 0 to 1; two empty sets are equal.</summary>
    /// <param name="a">Ascending, without repeats.</param>
    /// <param name="b">Ascending, without repeats.</param>
    public static double Of(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b)
    {
        int shared = 0, i = 0, j = 0;
        while (i < a.Length && j < b.Length)
        {
            ulong x = a[i], y = b[j];
            shared += x == y ? 1 : 0;
            i += x <= y ? 1 : 0;
            j += y <= x ? 1 : 0;
        }

        int union = a.Length + b.Length - shared;
        return union == 0 ? 1 : (double)shared / union;
    }

    /// <summary>Whether two sets are at least that similar; sets of too different sizes are told at once.</summary>
    /// <param name="a">Ascending, without repeats.</param>
    /// <param name="b">Ascending, without repeats.</param>
    /// <param name="threshold">In (0, 1].</param>
    public static bool AtLeast(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, double threshold)
    {
        int smaller = Math.Min(a.Length, b.Length), larger = Math.Max(a.Length, b.Length);
        if (smaller < threshold * larger)
            return false;
        // |a ∩ b| / |a ∪ b| ≥ t exactly when at most this many elements are not shared; give up once there are more.
        int shared = 0, i = 0, j = 0;
        int spare = a.Length + b.Length - (2 * (int)Math.Ceiling((threshold / (1 + threshold) * (a.Length + b.Length)) - 1e-9));
        while (i < a.Length && j < b.Length)
        {
            ulong x = a[i], y = b[j];
            shared += x == y ? 1 : 0;
            i += x <= y ? 1 : 0;
            j += y <= x ? 1 : 0;
            if (i + j - (2 * shared) > spare)
                return false;
        }

        return shared >= threshold * (a.Length + b.Length - shared);
    }
}
