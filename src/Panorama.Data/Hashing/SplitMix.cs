namespace Panorama.Data.Hashing;

/// <summary>The finalizer of SplitMix64 (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195): a bijection that mixes well.</summary>
public static class SplitMix
{
    private const ulong GoldenGamma = 0x9E3779B97F4A7C15;

    /// <summary>Mixes 64 bits; one step of the generator from that state.</summary>
    /// <param name="state">Any value.</param>
    public static ulong Mix(ulong state)
    {
        ulong z = state + GoldenGamma;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>Mixes two values into one that depends on their order.</summary>
    /// <param name="first">Any value.</param>
    /// <param name="second">Any value.</param>
    public static ulong Mix(ulong first, ulong second) => Mix(Mix(first) ^ second);
}
