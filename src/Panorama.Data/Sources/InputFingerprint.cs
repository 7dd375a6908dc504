using System.Security.Cryptography;
using System.Text;
using Panorama.Core.Errors;
using Panorama.Core.IO;

namespace Panorama.Data.Sources;

/// <summary>What a source's files were, so that a run that goes on notices when they changed.</summary>
/// <param name="Files">Number of files.</param>
/// <param name="Bytes">Their size together.</param>
/// <param name="Sha256">Hash over the names, sizes and contents of all, 64 lowercase hexadecimal digits.</param>
public sealed record InputFingerprint(int Files, long Bytes, string Sha256)
{
    /// <summary>Reads all files once. One that cannot be read counts with its name alone, as the source passes it over too.</summary>
    /// <param name="files">The files and the names they count under, in the source's order.</param>
    /// <param name="cancellation">Stops between two buffers.</param>
    internal static InputFingerprint Of(IReadOnlyList<(string Path, string Relative)> files, CancellationToken cancellation)
    {
        // Hashes are made side by side and joined in the order of the files.
        (string Sha256, long Bytes)[] contents = [.. files.AsParallel().AsOrdered().WithCancellation(cancellation).Select(f => Content(f.Path, cancellation))];
        var all = new StringBuilder();
        for (int i = 0; i < files.Count; i++)
        {
            all.Append(files[i].Relative).Append('\0').Append(contents[i].Bytes).Append('\0').Append(contents[i].Sha256).Append('\n');
        }

        return new InputFingerprint(files.Count, contents.Sum(c => c.Bytes), Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all.ToString()))));
    }

    private static (string Sha256, long Bytes) Content(string path, CancellationToken cancellation)
    {
        try
        {
            // Pipes and devices have no length either; opening one could wait for ever.
            return new FileInfo(path) is { Exists: true, Length: 0 } ? ("empty", 0) : FileHash.Sha256(path, cancellation);
        }
        catch (InputException)
        {
            return ("unreadable", 0);
        }
    }
}
