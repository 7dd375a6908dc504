using System.Runtime.InteropServices;
using Panorama.Core.Native;

namespace Panorama.Core.IO;

/// <summary>Flushes files and folder entries to the disk, so that they survive a loss of power.</summary>
public static class DurableFolder
{
    /// <summary>Flushes the entries of a folder: what was created, renamed or deleted in it. Windows does so by itself.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="IOException">The disk reports a failure.</exception>
    public static void FlushEntries(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        int descriptor = LibC.Open(folder, 0);
        if (descriptor < 0)
        {
            throw Failure(folder);
        }

        try
        {
            // Some network file systems cannot flush a folder; the rename itself still happened.
            const int InvalidArgument = 22;
            if (LibC.Fsync(descriptor) != 0 && Marshal.GetLastPInvokeError() != InvalidArgument)
            {
                throw Failure(folder);
            }
        }
        finally
        {
            _ = LibC.Close(descriptor);
        }
    }

    /// <summary>Flushes every file and folder below (not through links), innermost first, and the folder itself.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="IOException">The disk reports a failure.</exception>
    public static void FlushTree(string folder)
    {
        // Links lead elsewhere, perhaps in a circle.
        var withoutLinks = new EnumerationOptions { AttributesToSkip = FileAttributes.ReparsePoint };
        foreach (string child in Directory.EnumerateDirectories(folder, "*", withoutLinks))
        {
            FlushTree(child);
        }

        foreach (string file in Directory.EnumerateFiles(folder, "*", withoutLinks))
        {
            using Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            RandomAccess.FlushToDisk(handle);
        }

        FlushEntries(folder);
    }

    private static IOException Failure(string folder)
    {
        int error = Marshal.GetLastPInvokeError();
        return new IOException($"{folder}: cannot be flushed to disk: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }
}
