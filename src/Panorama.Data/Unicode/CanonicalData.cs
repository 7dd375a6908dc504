using System.Globalization;

namespace Panorama.Data.Unicode;

/// <summary>Combining classes, decompositions, and compositions, from <c>canonical.txt</c> beside this file. Read at first use.</summary>
internal sealed class CanonicalData
{
    private readonly Dictionary<int, byte> _classes = [];
    private readonly Dictionary<int, (int First, int Second)> _decompositions = [];
    private readonly Dictionary<(int First, int Second), int> _compositions = [];
    private readonly HashSet<int> _mayChange = [];

    private CanonicalData()
    {
        using Stream stream = typeof(CanonicalData).Assembly.GetManifestResourceStream("canonical.txt")
            ?? throw new InvalidOperationException("the resource canonical.txt is missing from the assembly");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
            Add(line.Split(' '));
    }

    /// <summary>The only instance.</summary>
    public static CanonicalData Shared { get; } = new();

    /// <summary>Canonical combining class; 0 for starters.</summary>
    /// <param name="scalar">A code point.</param>
    public byte Class(int scalar) => _classes.GetValueOrDefault(scalar);

    /// <summary>One step of canonical decomposition; the second part is 0 for singletons.</summary>
    /// <param name="scalar">A code point.</param>
    /// <param name="parts">What it decomposes to.</param>
    public bool TryDecompose(int scalar, out (int First, int Second) parts) => _decompositions.TryGetValue(scalar, out parts);

    /// <summary>The primary composite of a pair.</summary>
    /// <param name="first">A starter.</param>
    /// <param name="second">What follows it.</param>
    /// <param name="composite">The composite.</param>
    public bool TryCompose(int first, int second, out int composite) => _compositions.TryGetValue((first, second), out composite);

    /// <summary>Whether a text with this code point may differ from its NFC (the quick check's No and Maybe, or a combining mark).</summary>
    /// <param name="scalar">A code point; Hangul is not covered.</param>
    public bool MayChange(int scalar) => _mayChange.Contains(scalar);

    private void Add(string[] fields)
    {
        switch (fields[0])
        {
            case "c":
                string[] range = fields[1].Split('-');
                for (int scalar = Hex(range[0]); scalar <= Hex(range[^1]); scalar++)
                {
                    _classes.Add(scalar, (byte)Hex(fields[2]));
                    _mayChange.Add(scalar);
                }

                break;
            case "d":
                (int First, int Second) pair = (Hex(fields[2]), Hex(fields[3]));
                _decompositions.Add(Hex(fields[1]), pair);
                _compositions.Add(pair, Hex(fields[1]));
                _mayChange.Add(pair.Second);
                break;
            case "x":
                _decompositions.Add(Hex(fields[1]), (Hex(fields[2]), fields.Length > 3 ? Hex(fields[3]) : 0));
                _mayChange.Add(Hex(fields[1]));
                break;
        }
    }

    private static int Hex(string digits) => int.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
