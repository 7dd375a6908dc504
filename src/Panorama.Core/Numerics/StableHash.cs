namespace Panorama.Core.Numerics;

/// <summary>A hash of text that is the same in every process and version, unlike <see cref="string.GetHashCode()"/>: to derive seeds from names.</summary>
public static class StableHash
{
    /// <summary>FNV-1a over the UTF-16 units (Fowler, Noll and Vo; RFC 9923), 64 bits.</summary>
    /// <param name="text">Any text.</param>
    public static ulong Of(ReadOnlySpan<char> text)
    {
        ulong hash = 14695981039346656037;
        foreach (char c in text)
        {
            hash = (hash ^ c) * 1099511628211;
        }

        return hash;
    }
}
