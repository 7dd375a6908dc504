using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Panorama.Tokenization.Patterns;

/// <summary>A set of code points: a bitmap for the basic plane, sorted ranges above it. Immutable.</summary>
internal sealed class CharSet
{
    /// <summary>One above the last code point.</summary>
    public const int Limit = 0x110000;

    private static readonly ConcurrentDictionary<UnicodeCategory, CharSet> Categories = new();
    private static readonly Lazy<(int First, int Last)[][]> CategoryRanges = new(FindCategories);

    private readonly (int First, int Last)[] _ranges; // sorted, apart
    private readonly ulong[] _plane0 = new ulong[0x10000 / 64];

    private CharSet((int First, int Last)[] sorted)
    {
        _ranges = sorted;
        foreach ((int first, int last) in sorted)
            for (int c = first; c <= last && c < 0x10000; c++) _plane0[c >> 6] |= 1UL << (c & 63);
    }

    /// <summary>No code point.</summary>
    public static CharSet Empty { get; } = new([]);

    /// <summary>Every code point.</summary>
    public static CharSet All { get; } = new([(0, Limit - 1)]);

    /// <summary><c>\s</c>: White_Space.</summary>
    public static CharSet Space { get; } = Of(Enumerable.Range(0, 0x10000).Where(static c => char.IsWhiteSpace((char)c)));

    /// <summary><c>\w</c> of Unicode: Alphabetic, marks, decimal digits, connectors (Unicode annex 18); letters in circles and squares are Alphabetic.</summary>
    public static CharSet Word { get; } = Of("L", "M", "Nd", "Nl", "Pc").Union(Of((0x200C, 0x200D), (0x24B6, 0x24E9), (0x1F130, 0x1F149), (0x1F150, 0x1F169), (0x1F170, 0x1F189)));

    /// <summary><c>\w</c> of Oniguruma in a class: that of Unicode without the joiners.</summary>
    public static CharSet WordInClass { get; } = Word.Intersect(Of((0x200C, 0x200D)).Negate());

    /// <summary><c>\w</c> of Oniguruma elsewhere: the superscripts and fractions of Latin-1 count too.</summary>
    public static CharSet WordAlone { get; } = WordInClass.Union(Of([0xB2, 0xB3, 0xB9, 0xBC, 0xBD, 0xBE]));

    /// <summary>The sorted ranges.</summary>
    public ReadOnlySpan<(int First, int Last)> Ranges => _ranges;

    /// <summary>Whether the set holds a code point.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Contains(int scalar) => scalar < 0x10000 ? (_plane0[scalar >> 6] & (1UL << (scalar & 63))) != 0 : ContainsAstral(scalar);

    /// <summary>A set of ranges.</summary>
    public static CharSet Of(params IEnumerable<(int First, int Last)> ranges)
    {
        var merged = new List<(int First, int Last)>();
        foreach ((int first, int last) in ranges.Order())
        {
            if (merged.Count > 0 && first <= merged[^1].Last + 1) merged[^1] = (merged[^1].First, Math.Max(merged[^1].Last, last));
            else merged.Add((first, last));
        }

        return new CharSet([.. merged]);
    }

    /// <summary>A set of single code points.</summary>
    public static CharSet Of(IEnumerable<int> scalars) => Of(scalars.Select(static c => (c, c)));

    /// <summary>The code points of categories, each by its one or two letter name; an unknown one gives null.</summary>
    public static CharSet? Category(string name)
    {
        string[] all = ["Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Cn"];
        int[] wanted = [.. Enumerable.Range(0, all.Length).Where(i => all[i] == name || (name.Length == 1 && all[i][0] == name[0]))];
        return wanted.Length == 0 ? null : Of(wanted.SelectMany(static i => Categories.GetOrAdd((UnicodeCategory)i, static c => new CharSet(CategoryRanges.Value[(int)c]))._ranges));
    }

    /// <summary>What either set holds.</summary>
    public CharSet Union(CharSet other) => Of(_ranges.Concat(other._ranges));

    /// <summary>What this set does not hold.</summary>
    public CharSet Negate()
    {
        var gaps = new List<(int, int)>();
        int next = 0;
        foreach ((int first, int last) in _ranges)
        {
            if (first > next) gaps.Add((next, first - 1));
            next = last + 1;
        }

        if (next < Limit) gaps.Add((next, Limit - 1));
        return new CharSet([.. gaps]);
    }

    /// <summary>What both sets hold.</summary>
    public CharSet Intersect(CharSet other) => Negate().Union(other.Negate()).Negate();

    /// <summary>The set with the other cases of its letters (simple folding, the long s and the Kelvin sign included).</summary>
    public CharSet IgnoreCase()
    {
        const int Largest = 4096; // larger sets are categories, which hold both cases or mean one
        if (_ranges.Sum(static r => r.Last - r.First + 1) > Largest) return this;
        var folded = new List<int>();
        foreach ((int first, int last) in _ranges)
        {
            for (int c = first; c <= last; c++)
            {
                if (!Rune.IsValid(c)) continue;
                folded.AddRange([c, Rune.ToLowerInvariant(new Rune(c)).Value, Rune.ToUpperInvariant(new Rune(c)).Value]);
                if (c is 's' or 'S') folded.Add(0x17F);
                if (c is 'k' or 'K') folded.Add(0x212A);
            }
        }

        return Union(Of(folded));
    }

    private static CharSet Of(params ReadOnlySpan<string> categories)
    {
        CharSet all = Empty;
        foreach (string category in categories) all = all.Union(Category(category)!);
        return all;
    }

    private static (int First, int Last)[][] FindCategories()
    {
        var found = new List<(int First, int Last)>[30];
        for (int i = 0; i < found.Length; i++) found[i] = [];
        for (int start = 0, c = 1; c <= Limit; c++)
        {
            if (c < Limit && CharUnicodeInfo.GetUnicodeCategory(c) == CharUnicodeInfo.GetUnicodeCategory(start)) continue;
            found[(int)CharUnicodeInfo.GetUnicodeCategory(start)].Add((start, c - 1));
            start = c;
        }

        return Array.ConvertAll(found, static list => list.ToArray());
    }

    private bool ContainsAstral(int scalar)
    {
        int low = 0, high = _ranges.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (scalar < _ranges[middle].First) high = middle - 1;
            else if (scalar > _ranges[middle].Last) low = middle + 1;
            else return true;
        }

        return false;
    }
}
