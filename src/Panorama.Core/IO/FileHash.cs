using System.Security.Cryptography;
using Panorama.Core.Errors;

namespace Panorama.Core.IO;

/// <summary>SHA-256 of files (FIPS 180-4), streamed.</summary>
public static class FileHash
{
    private const int BufferBytes = 1 << 20;

    /// <summary>Hashes a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellation">Stops between two buffers of 1 MiB.</param>
    /// <returns>64 lowercase hexadecimal digits, and the number of bytes hashed.</returns>
    /// <exception cref="InputException">The file cannot be read.</exception>
    public static (string Sha256, long Bytes) Sha256(string path, CancellationToken cancellation = default)
    {
        using FileStream stream = InputFile.OpenRead(path, FileOptions.SequentialScan);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = GC.AllocateUninitializedArray<byte>(BufferBytes);
        long bytes = 0;
        try
        {
            int read;
            while ((read = stream.Read(buffer)) > 0)
            {
                cancellation.ThrowIfCancellationRequested();
                hash.AppendData(buffer, 0, read);
                bytes += read;
            }
        }
        catch (IOException e)
        {
            throw new InputException($"{path}: cannot be read: {e.Message}", e);
        }

        return (Convert.ToHexStringLower(hash.GetHashAndReset()), bytes);
    }
}
