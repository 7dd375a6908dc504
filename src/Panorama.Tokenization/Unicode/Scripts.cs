using System.Collections.Frozen;
using System.Globalization;

namespace Panorama.Tokenization.Unicode;

/// <summary>The script of each character, from <c>scripts.txt</c> beside this file. Read at first use.</summary>
internal static class Scripts
{
    /// <summary>No script: unassigned.</summary>
    public const byte None = 0;

    private static readonly (string[] Names, FrozenDictionary<string, (int First, int Last)[]> Ranges, byte[] Of) Data = Read();

    /// <summary>The code point ranges of a script, or null when the name is not known; underscores and case do not matter.</summary>
    public static (int First, int Last)[]? Ranges(string name) => Data.Ranges.GetValueOrDefault(Key(name));

    /// <summary>A number that stands for the script of a code point; <see cref="None"/> for none.</summary>
    public static byte Of(int scalar) => Data.Of[scalar];

    /// <summary>The number that stands for a script.</summary>
    public static byte Number(string name) => (byte)Array.IndexOf(Data.Names, name);

    private static string Key(string name) => name.Replace("_", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal).ToUpperInvariant();

    private static (string[], FrozenDictionary<string, (int, int)[]>, byte[]) Read()
    {
        var names = new List<string> { "" };
        var ranges = new Dictionary<string, (int First, int Last)[]>(StringComparer.Ordinal);
        var of = new byte[0x110000];
        foreach (string line in UnicodeResource.Lines("scripts.txt"))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            (int First, int Last)[] parts = [.. line[(colon + 2)..].Split(',').Select(static part => part.Split('-')).Select(static part => (Hex(part[0]), Hex(part[^1])))];
            foreach ((int first, int last) in parts) of.AsSpan(first, last - first + 1).Fill((byte)names.Count);
            ranges.Add(Key(line[..colon]), parts);
            names.Add(line[..colon]);
        }

        return ([.. names], ranges.ToFrozenDictionary(StringComparer.Ordinal), of);
    }

    private static int Hex(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
