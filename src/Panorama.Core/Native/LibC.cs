using System.Runtime.InteropServices;

namespace Panorama.Core.Native;

/// <summary>The few POSIX calls that .NET does not offer. Never called on Windows.</summary>
internal static partial class LibC
{
    /// <summary>Relative paths start at the working directory.</summary>
    public const int AtFdCwd = -100;

    /// <summary>renameat2: both paths exist and swap atomically.</summary>
    public const uint RenameExchange = 2;

    /// <summary>open(2), read only: flags 0 on Linux and macOS alike.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="flags">0 for reading.</param>
    /// <returns>A file descriptor, or -1 with the reason in errno.</returns>
    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags);

    /// <summary>fsync(2): returns when the disk has it.</summary>
    /// <param name="descriptor">An open file or folder.</param>
    /// <returns>0, or -1 with the reason in errno.</returns>
    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int Fsync(int descriptor);

    /// <summary>close(2).</summary>
    /// <param name="descriptor">An open file or folder.</param>
    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    /// <summary>renameat2(2), Linux 3.15 and glibc 2.28 or newer.</summary>
    /// <param name="oldFolder">Folder of a relative <paramref name="oldPath"/>.</param>
    /// <param name="oldPath">What moves.</param>
    /// <param name="newFolder">Folder of a relative <paramref name="newPath"/>.</param>
    /// <param name="newPath">Where it goes.</param>
    /// <param name="flags">0 or <see cref="RenameExchange"/>.</param>
    /// <returns>0, or -1 with the reason in errno.</returns>
    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int RenameAt2(int oldFolder, string oldPath, int newFolder, string newPath, uint flags);

    /// <summary>madvise(2): the pages are not needed now; reading them brings them back from their file.</summary>
    public const int DoNotNeed = 4;

    /// <summary>madvise(2), Linux: large pages are welcome here.</summary>
    public const int HugePages = 14;

    /// <summary>Bytes of a large page.</summary>
    public const int HugePageBytes = 2 << 20;

    /// <summary>madvise(2).</summary>
    /// <param name="address">Start of a page.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="advice">Such as <see cref="DoNotNeed"/>.</param>
    /// <returns>0, or -1 with the reason in errno.</returns>
    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    public static partial int Advise(nint address, nuint length, int advice);
}
