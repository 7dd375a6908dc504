using System.Text;
using Panorama.Core.Errors;

namespace Panorama.Inference;

/// <summary>
/// Watches a stream of text for stop texts and never lets part of one through: what could still become a stop text is
/// held back until it does or cannot. The cut depends on the text alone, not on how it is split into pieces.
/// </summary>
/// <remarks>
/// One Knuth–Morris–Pratt automaton per stop text (Knuth, Morris and Pratt 1977), so the cost per character does not
/// depend on the length of the stop texts. The first stop text to be complete ends the stream; of several that are
/// complete at the same character the longest decides where to cut.
/// </remarks>
public sealed class StopTextFilter
{
    /// <summary>Most stop texts of one generation.</summary>
    public const int MaxTexts = 64;

    /// <summary>Longest stop text, in UTF-16 units.</summary>
    public const int MaxLength = 4096;

    private readonly string[] _stops;
    private readonly int[][] _fallbacks;
    private readonly int[] _matched;
    private readonly StringBuilder _held = new();

    /// <summary>Checks the stop texts and builds their automata.</summary>
    /// <param name="stops">Up to <see cref="MaxTexts"/> texts of 1 to <see cref="MaxLength"/> units; none lets all through at once.</param>
    /// <exception cref="InputException">Too many, or one is empty, too long, or starts inside a character.</exception>
    public StopTextFilter(IReadOnlyList<string> stops)
    {
        Require.That(stops.Count <= MaxTexts, stops.Count, "the number of stop texts", $"at most {MaxTexts}");
        _stops = [.. stops];
        foreach (string stop in _stops)
        {
            Require.That(stop.Length is >= 1 and <= MaxLength, stop.Length, "the length of a stop text", $"1 to {MaxLength}");
            Require.That(!char.IsLowSurrogate(stop[0]), "half a character (a low surrogate)", "the start of a stop text", "a whole character");
        }

        _fallbacks = Array.ConvertAll(_stops, Fallbacks);
        _matched = new int[_stops.Length];
    }

    /// <summary>Whether a stop text was met; nothing comes out after it.</summary>
    public bool Stopped { get; private set; }

    /// <summary>Takes the next text.</summary>
    /// <param name="text">Any length.</param>
    /// <returns>What is certain to be no part of a stop text, in order; the text before the stop text once it is met.</returns>
    public string Append(string text)
    {
        if (_stops.Length == 0)
        {
            return text;
        }

        for (int i = 0; i < text.Length && !Stopped; i++)
        {
            _held.Append(text[i]);
            int cut = Advance(text[i]);
            if (cut > 0)
            {
                Stopped = true;
                _held.Length -= cut;
            }
        }

        return Release(Stopped ? 0 : Longest());
    }

    /// <summary>Ends the stream: what was held back turned out to be text.</summary>
    public string Flush() => Release(0);

    /// <summary>Feeds one unit to every automaton; returns the length of the longest stop text now complete, or 0.</summary>
    private int Advance(char unit)
    {
        int complete = 0;
        for (int s = 0; s < _stops.Length; s++)
        {
            string stop = _stops[s];
            int matched = _matched[s];
            while (matched > 0 && stop[matched] != unit)
            {
                matched = _fallbacks[s][matched - 1];
            }

            matched += stop[matched] == unit ? 1 : 0;
            _matched[s] = matched;
            if (matched == stop.Length)
            {
                complete = Math.Max(complete, matched);
            }
        }

        return complete;
    }

    private int Longest()
    {
        int longest = 0;
        foreach (int matched in _matched)
        {
            longest = Math.Max(longest, matched);
        }

        return longest;
    }

    private string Release(int keep)
    {
        int length = _held.Length - keep;
        if (length == 0)
        {
            return string.Empty;
        }

        string released = _held.ToString(0, length);
        _held.Remove(0, length);
        return released;
    }

    /// <summary>[i] is the length of the longest proper prefix of the text that ends at i.</summary>
    private static int[] Fallbacks(string stop)
    {
        int[] fallbacks = new int[stop.Length];
        int matched = 0;
        for (int i = 1; i < stop.Length; i++)
        {
            while (matched > 0 && stop[matched] != stop[i])
            {
                matched = fallbacks[matched - 1];
            }

            matched += stop[matched] == stop[i] ? 1 : 0;
            fallbacks[i] = matched;
        }

        return fallbacks;
    }
}
