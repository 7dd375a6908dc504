using System.Globalization;

namespace Panorama.Inference.Constraints;

/// <summary>A set of Unicode scalar values as sorted ranges. Immutable; surrogates are never part of it.</summary>
internal sealed class CodePoints
{
    private const int Limit = 0x110000;
    private readonly (int First, int Last)[] _ranges;

    private CodePoints((int First, int Last)[] ranges) => _ranges = ranges;

    /// <summary>Every scalar value.</summary>
    public static CodePoints All { get; } = Of((0, Limit - 1));

    /// <summary>None.</summary>
    public static CodePoints None { get; } = new([]);

    /// <summary>The sorted ranges, apart.</summary>
    public ReadOnlySpan<(int First, int Last)> Ranges => _ranges;

    /// <summary>Whether there is none.</summary>
    public bool IsEmpty => _ranges.Length == 0;

    /// <summary>A set of ranges in any order; what surrogates they cover is left out.</summary>
    public static CodePoints Of(params IEnumerable<(int First, int Last)> ranges)
    {
        var merged = new List<(int First, int Last)>();
        foreach ((int first, int last) in ranges.SelectMany(WithoutSurrogates).Order())
        {
            if (merged.Count > 0 && first <= merged[^1].Last + 1)
            {
                merged[^1] = (merged[^1].First, Math.Max(merged[^1].Last, last));
            }
            else
            {
                merged.Add((first, last));
            }
        }

        return new CodePoints([.. merged]);
    }

    /// <summary>The characters of a text.</summary>
    public static CodePoints Of(string characters) => Of(characters.EnumerateRunes().Select(static rune => (rune.Value, rune.Value)));

    /// <summary>The characters of Unicode categories, named by one or two letters; null when a name is not known.</summary>
    public static CodePoints? Category(string name)
    {
        string[] names = ["Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Cn"];
        bool[] wanted = Array.ConvertAll(names, known => known == name || (name.Length == 1 && known[0] == name[0]));
        if (Array.IndexOf(wanted, true) < 0)
        {
            return null;
        }

        var ranges = new List<(int, int)>();
        for (int c = 0; c < Limit; c++)
        {
            if (!wanted[(int)CharUnicodeInfo.GetUnicodeCategory(c)])
            {
                continue;
            }

            int first = c;
            while (c + 1 < Limit && wanted[(int)CharUnicodeInfo.GetUnicodeCategory(c + 1)])
            {
                c++;
            }

            ranges.Add((first, c));
        }

        return Of(ranges);
    }

    /// <summary>Whether the set holds a scalar value.</summary>
    public bool Contains(int scalar) => Array.Exists(_ranges, range => range.First <= scalar && scalar <= range.Last);

    /// <summary>What either set holds.</summary>
    public CodePoints Union(CodePoints other) => Of(_ranges.Concat(other._ranges));

    /// <summary>What this set does not hold.</summary>
    public CodePoints Negate()
    {
        var gaps = new List<(int, int)>();
        int next = 0;
        foreach ((int first, int last) in _ranges)
        {
            if (first > next)
            {
                gaps.Add((next, first - 1));
            }

            next = last + 1;
        }

        if (next < Limit)
        {
            gaps.Add((next, Limit - 1));
        }

        return Of(gaps);
    }

    /// <summary>What both sets hold.</summary>
    public CodePoints Intersect(CodePoints other) => Negate().Union(other.Negate()).Negate();

    private static IEnumerable<(int First, int Last)> WithoutSurrogates((int First, int Last) range)
    {
        if (range.First < 0xD800)
        {
            yield return (range.First, Math.Min(range.Last, 0xD7FF));
        }

        if (range.Last > 0xDFFF)
        {
            yield return (Math.Max(range.First, 0xE000), range.Last);
        }
    }
}
