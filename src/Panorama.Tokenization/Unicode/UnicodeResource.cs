namespace Panorama.Tokenization.Unicode;

/// <summary>The tables of the Unicode Character Database that the runtime does not offer.</summary>
internal static class UnicodeResource
{
    /// <summary>The lines of a table, without comments.</summary>
    public static IEnumerable<string> Lines(string name)
    {
        using Stream stream = typeof(UnicodeResource).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"the resource {name} is missing from the assembly");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
            if (line.Length > 0 && line[0] != '#') yield return line;
    }
}
