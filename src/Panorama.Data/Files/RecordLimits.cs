using Panorama.Core.Errors;

namespace Panorama.Data.Files;

/// <summary>How large records may be and how many of them may be broken. Counts as it goes: one instance for each run over a source.</summary>
/// <param name="largestRecord">Most bytes of a record.</param>
/// <param name="brokenShare">Share of broken records above which the run stops, in [0, 1].</param>
/// <param name="what">What is read, for the message.</param>
public sealed class RecordLimits(int largestRecord, double brokenShare, string what)
{
    /// <summary>Default of the largest record: 16 MiB.</summary>
    public const int DefaultLargestRecord = 16 << 20;

    /// <summary>Default of the broken share: one in ten.</summary>
    public const double DefaultBrokenShare = 0.1;

    // A share says nothing about the first few records of a long file.
    private const long JudgedFrom = 1000;

    private long _good, _broken;
    private string? _first;

    /// <summary>Most bytes of a record.</summary>
    public int LargestRecord => largestRecord;

    /// <summary>Returns a share of broken records when it is allowed.</summary>
    /// <param name="share">The share, in [0, 1].</param>
    /// <exception cref="InputException">It is not.</exception>
    public static double CheckedShare(double share) => Require.That(share is >= 0 and <= 1, share, "broken_share", "a number in [0, 1]");

    /// <summary>Counts a record that was read.</summary>
    public void CountGood() => _good++;

    /// <summary>Counts a broken record.</summary>
    /// <param name="where">File and line.</param>
    /// <exception cref="JobException">There are too many of them.</exception>
    public void CountBroken(string where)
    {
        _first ??= where;
        _broken++;
        if (_good + _broken >= JudgedFrom)
            Judge();
    }

    /// <summary>Judges the share at the end of the source.</summary>
    /// <exception cref="JobException">It is too large.</exception>
    public void Judge()
    {
        if (_broken > brokenShare * (_good + _broken))
        {
            throw new JobException(
                $"{what}: {_broken} of {_good + _broken} records are broken, more than the allowed share of {brokenShare:P0}; the first is {_first}. " +
                "The rejects file names each line. Mend them, or allow a larger broken_share.");
        }
    }
}
