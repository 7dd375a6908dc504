using Panorama.Core.Errors;
using Panorama.Core.Native;

namespace Panorama.Core.IO;

/// <summary>
/// Builds a folder so that its name never holds half of it: files are written to a temporary sibling, all flushed to disk,
/// then the sibling is renamed. A folder that is not committed is deleted; one left by a killed process is found by
/// <see cref="RemoveStale"/>.
/// </summary>
public sealed class AtomicFolder : IDisposable
{
    private readonly string _target;
    private bool _done;

    private AtomicFolder(string target, string path) => (_target, Path) = (target, path);

    /// <summary>The temporary folder to write to.</summary>
    public string Path { get; }

    /// <summary>Starts a folder.</summary>
    /// <param name="target">Its final name; missing parents are made.</param>
    /// <exception cref="JobException">The temporary folder cannot be made.</exception>
    public static AtomicFolder Create(string target)
    {
        string path = TemporaryNames.Beside(target);
        DiskErrors.Guard(target, null, () => Directory.CreateDirectory(path));
        return new AtomicFolder(System.IO.Path.GetFullPath(target), path);
    }

    /// <summary>Builds a folder with a callback and commits it; a full disk becomes a clear error.</summary>
    /// <param name="target">Its final name; missing parents are made.</param>
    /// <param name="build">Writes the files to the temporary folder given.</param>
    /// <param name="replace">Whether a folder of that name is replaced.</param>
    /// <param name="bytesNeeded">The size to come, if known, for the message of a full disk.</param>
    /// <exception cref="JobException">The disk is full, a file cannot be written, or the name is taken.</exception>
    public static void Write(string target, Action<string> build, bool replace = false, long? bytesNeeded = null)
    {
        ArgumentNullException.ThrowIfNull(build);
        using AtomicFolder folder = Create(target);
        try
        {
            DiskErrors.Guard(target, bytesNeeded, () => build(folder.Path));
        }
        catch (JobException e) when (e.Message.Contains(folder.Path, StringComparison.Ordinal))
        {
            // The user knows the target, not the temporary name that a file's writer reports.
            throw new JobException(e.Message.Replace(folder.Path, target, StringComparison.Ordinal), e);
        }

        folder.Commit(replace);
    }

    /// <summary>Flushes all files and folders to disk and gives the folder its name.</summary>
    /// <param name="replace">Whether a folder of that name is replaced: on Linux in one step, elsewhere by moving it away first.</param>
    /// <exception cref="JobException">The disk is full, or the name is taken.</exception>
    public void Commit(bool replace = false)
    {
        ObjectDisposedException.ThrowIf(_done, this);
        DiskErrors.Guard(_target, null, () =>
        {
            DurableFolder.FlushTree(Path);
            if (!Directory.Exists(_target))
            {
                Directory.Move(Path, _target);
            }
            else if (replace)
            {
                Replace();
            }
            else
            {
                throw new JobException($"{_target}: exists already. Remove it or choose another name.");
            }

            _done = true;
            DurableFolder.FlushEntries(TemporaryNames.ParentOf(_target));
        });
    }

    /// <summary>Deletes the temporary folder unless it was committed.</summary>
    public void Dispose()
    {
        if (!_done)
        {
            _done = true;
            try
            {
                Directory.Delete(Path, recursive: true);
            }
            catch (IOException)
            {
                // The error that kept the folder from being finished is the one to tell; RemoveStale finds what is left.
            }
        }
    }

    /// <summary>
    /// Deletes what killed processes left in a folder: temporary files of <see cref="AtomicFile"/> and folders of this class.
    /// To be called by the owner of the folder, when no other process writes there.
    /// </summary>
    /// <param name="parent">The folder that holds the targets; need not exist.</param>
    /// <returns>How many were deleted.</returns>
    /// <exception cref="JobException">One cannot be deleted.</exception>
    public static int RemoveStale(string parent)
    {
        if (!Directory.Exists(parent))
        {
            return 0;
        }

        int removed = 0;
        DiskErrors.Guard(parent, null, () =>
        {
            foreach (FileSystemInfo stale in TemporaryNames.In(parent).ToArray())
            {
                if (stale is DirectoryInfo folder && folder.LinkTarget is null)
                {
                    folder.Delete(recursive: true);
                }
                else
                {
                    stale.Delete();
                }

                removed++;
            }
        });
        return removed;
    }

    private void Replace()
    {
        if (!TryExchange(Path, _target))
        {
            string old = TemporaryNames.Beside(_target);
            Directory.Move(_target, old);
            Directory.Move(Path, _target);
            Directory.Delete(old, recursive: true);
            return;
        }

        // The swap put the old folder under the temporary name.
        Directory.Delete(Path, recursive: true);
    }

    private static bool TryExchange(string path, string target)
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        try
        {
            return LibC.RenameAt2(LibC.AtFdCwd, path, LibC.AtFdCwd, target, LibC.RenameExchange) == 0;
        }
        catch (EntryPointNotFoundException)
        {
            return false; // an older C library
        }
    }
}
