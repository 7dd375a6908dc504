namespace Panorama.Core.Native;

/// <summary>Pages of 2 MiB for memory that is used all through: fewer faults and address translations.</summary>
public static class HugePages
{
    private const int Page = 4096;

    /// <summary>Asks for large pages. Advice only: where the system has none, nothing changes.</summary>
    /// <param name="address">Start of the memory, before its first use.</param>
    /// <param name="bytes">Its size.</param>
    public static void Advise(nint address, long bytes)
    {
        nint start = (address + Page - 1) & ~(nint)(Page - 1);
        long length = address + bytes - start;
        if (OperatingSystem.IsLinux() && length >= LibC.HugePageBytes)
        {
            _ = LibC.Advise(start, (nuint)length, LibC.HugePages);
        }
    }
}
