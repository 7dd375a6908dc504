using System.Security.Cryptography;
using System.Text;
using Panorama.Core.Errors;
using Panorama.Core.IO;
using Panorama.Training.Settings;

namespace Panorama.Training;

/// <summary>Identity of a run: equal for two starts that must give the same result, so that one may resume the other.</summary>
public static class RunIdentity
{
    /// <summary>Hashes settings and inputs.</summary>
    /// <param name="train">Length and data order. Where it stops early, threads and device are no part of the identity.</param>
    /// <param name="parts">Other settings records, by their text, and hashes of input files.</param>
    /// <returns>Hexadecimal SHA-256.</returns>
    public static string Of(TrainSettings train, params ReadOnlySpan<string> parts)
    {
        TrainSettings essence = train with { StopAt = 0, Threads = 0, Device = "cpu", EvaluateEvery = train.EarlyStoppingPatience > 0 ? train.EvaluateEvery : 0 };
        string text = essence + "\n" + string.Join('\n', parts!);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>Hash of an input file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">It cannot be read.</exception>
    public static string OfFile(string path) => FileHash.Sha256(path).Sha256;

    /// <summary>Hash over all files of a model folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="InputException">A file cannot be read.</exception>
    public static string OfFolder(string folder) =>
        string.Join(' ', Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal).Select(OfFile));
}
