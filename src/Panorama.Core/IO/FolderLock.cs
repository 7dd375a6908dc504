using Panorama.Core.Errors;

namespace Panorama.Core.IO;

/// <summary>
/// Keeps a second process out of a folder that one is working in: a lock of the operating system on <see cref="FileName"/>, which
/// goes with the process however it ends. The file stays: removing it would let a third process lock another one of that name.
/// </summary>
public sealed class FolderLock : IDisposable
{
    /// <summary>Name of the locked file within the folder.</summary>
    public const string FileName = ".lock";

    // Raw errno values on Linux and macOS; Windows error codes as HRESULTs.
    private const int WouldBlockLinux = 11;
    private const int WouldBlockMac = 35;
    private const int WindowsSharing = unchecked((int)0x80070020);
    private const int WindowsLocked = unchecked((int)0x80070021);

    private readonly FileStream _file;

    private FolderLock(FileStream file) => _file = file;

    /// <summary>Locks a folder, until disposed or the process ends.</summary>
    /// <param name="folder">The folder; made if missing.</param>
    /// <exception cref="InputException">Another process, or another part of this one, holds it.</exception>
    /// <exception cref="JobException">The folder or the file cannot be made.</exception>
    public static FolderLock Take(string folder)
    {
        FileStream? file = null;
        DiskErrors.Guard(folder, null, () =>
        {
            Directory.CreateDirectory(folder);
            try
            {
                file = new FileStream(Path.Combine(folder, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            }
            catch (IOException e) when (IsHeld(e))
            {
                throw new InputException($"{folder} is in use by another panorama process. Wait until it ends or stop it, or choose another folder with --out.", e);
            }
        });
        return new FolderLock(file!);
    }

    /// <summary>Gives the folder free.</summary>
    public void Dispose() => _file.Dispose();

    private static bool IsHeld(IOException error) => OperatingSystem.IsWindows()
        ? error.HResult is WindowsSharing or WindowsLocked
        : error.HResult == (OperatingSystem.IsLinux() ? WouldBlockLinux : WouldBlockMac);
}
