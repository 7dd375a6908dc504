using System.Globalization;

namespace Panorama.Tokenization.Unicode;

/// <summary>Combining classes, decompositions and compositions, from <c>normalization.txt</c> beside this file. Read at first use.</summary>
internal sealed class NormalizationData
{
    private readonly Dictionary<int, byte> _classes = [];
    private readonly Dictionary<int, int[]> _canonical = [];
    private readonly Dictionary<int, int[]> _compatibility = [];
    private readonly Dictionary<(int First, int Second), int> _compositions = [];
    private readonly HashSet<int> _seconds = [];
    private readonly HashSet<int> _excluded = [];

    private NormalizationData()
    {
        foreach (string line in UnicodeResource.Lines("normalization.txt"))
            foreach (string entry in line[2..].Split(',')) Add(line[0], entry.Split(' '));
    }

    /// <summary>The only instance.</summary>
    public static NormalizationData Shared { get; } = new();

    /// <summary>Canonical combining class; 0 for starters.</summary>
    public byte Class(int scalar) => _classes.GetValueOrDefault(scalar);

    /// <summary>One step of decomposition, or null.</summary>
    /// <param name="scalar">A code point; Hangul syllables are not covered.</param>
    /// <param name="compatible">Whether compatibility decompositions count too.</param>
    public int[]? Decomposition(int scalar, bool compatible) =>
        _canonical.TryGetValue(scalar, out int[]? parts) || (compatible && _compatibility.TryGetValue(scalar, out parts)) ? parts : null;

    /// <summary>The primary composite of a pair.</summary>
    public bool TryCompose(int first, int second, out int composite) => _compositions.TryGetValue((first, second), out composite);

    /// <summary>Whether a text with this code point may differ from its composed form.</summary>
    public bool MayCompose(int scalar) => _classes.ContainsKey(scalar) || _seconds.Contains(scalar) || _excluded.Contains(scalar);

    private void Add(char kind, string[] fields)
    {
        int[] numbers = Array.ConvertAll(fields[1..], Hex);
        switch (kind)
        {
            case 'c':
                string[] range = fields[0].Split('-');
                for (int scalar = Hex(range[0]); scalar <= Hex(range[^1]); scalar++) _classes.Add(scalar, (byte)numbers[0]);
                break;
            case 'd':
                _canonical.Add(Hex(fields[0]), numbers);
                _compositions.Add((numbers[0], numbers[1]), Hex(fields[0]));
                _seconds.Add(numbers[1]);
                break;
            case 'x':
                _canonical.Add(Hex(fields[0]), numbers);
                _excluded.Add(Hex(fields[0]));
                break;
            default:
                _compatibility.Add(Hex(fields[0]), numbers);
                break;
        }
    }

    private static int Hex(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
