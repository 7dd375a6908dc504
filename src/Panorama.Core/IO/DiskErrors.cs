using Panorama.Core.Errors;

namespace Panorama.Core.IO;

/// <summary>Turns the failures of a disk into messages for people.</summary>
public static class DiskErrors
{
    // Raw errno values on Linux and macOS; Windows error codes as HRESULTs.
    private const int NoSpace = 28;
    private const int QuotaLinux = 122;
    private const int QuotaMac = 69;
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsQuota = unchecked((int)0x8007050F);

    /// <summary>Whether the failure says that no space, or no quota, is left.</summary>
    /// <param name="error">The failure.</param>
    public static bool IsFull(IOException error)
    {
        ArgumentNullException.ThrowIfNull(error);
        int code = error.HResult;
        return code is WindowsDiskFull or WindowsHandleDiskFull or WindowsQuota
            || (!OperatingSystem.IsWindows() && (code == NoSpace || code == (OperatingSystem.IsLinux() ? QuotaLinux : QuotaMac)));
    }

    /// <summary>Runs a write and turns a full disk or a refused path into one clear <see cref="JobException"/>.</summary>
    /// <param name="path">The file or folder being written.</param>
    /// <param name="bytesNeeded">How much the whole write takes, if known.</param>
    /// <param name="write">The write; it must leave nothing open when it fails.</param>
    /// <exception cref="JobException">No space is left, or the path may not be written.</exception>
    public static void Guard(string path, long? bytesNeeded, Action write)
    {
        ArgumentNullException.ThrowIfNull(write);
        try
        {
            write();
        }
        catch (IOException e)
        {
            throw Explain(path, bytesNeeded, e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw Refused(path, e);
        }
    }

    /// <summary>The message for a write that failed.</summary>
    /// <param name="path">The file or folder being written.</param>
    /// <param name="bytesNeeded">How much the whole write takes, if known.</param>
    /// <param name="error">The failure.</param>
    public static JobException Explain(string path, long? bytesNeeded, IOException error)
    {
        ArgumentNullException.ThrowIfNull(error);
        if (!IsFull(error))
        {
            return new JobException($"{path}: cannot be written: {error.Message}", error);
        }

        string needed = bytesNeeded is { } bytes ? $" ({Shown.Bytes(bytes)} needed)" : "";
        return new JobException($"{path}: no space left on the disk{needed}. Free some space or choose another folder, then run the same command again.", error);
    }

    /// <summary>The message for a path that may not be written.</summary>
    /// <param name="path">The file or folder being written.</param>
    /// <param name="error">The failure.</param>
    public static JobException Refused(string path, UnauthorizedAccessException error) =>
        new($"{path}: may not be written. Check its permissions or choose another folder.", error);
}
