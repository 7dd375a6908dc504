namespace Panorama.Inference.Kernels;

/// <summary>
/// A half's sign, exponent and fraction put where a single has them: the value times 2^−112, since the exponents' biases
/// differ by 112. Sign-extended to 32 bits, shifted and masked.
/// </summary>
internal static class HalfBits
{
    /// <summary>From a half's fraction of 10 bits to a single's of 23.</summary>
    public const int Shift = 13;

    /// <summary>The sign, and the half's 15 other bits behind the three upper bits of the exponent.</summary>
    public const int Mask = unchecked((int)0x8FFFE000);

    /// <summary>2^112: what <c>ILanes.LoadHalves</c> leaves to be multiplied.</summary>
    public const float Factor = 5.192296858534828e33f;
}
