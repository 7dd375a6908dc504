using System.Globalization;
using System.Text.Json;
using Panorama.Core.Errors;

namespace Panorama.Core.IO;

/// <summary>
/// A list of a folder's files with their sizes and SHA-256, written last: a folder with a manifest that verifies is whole.
/// It finds truncation, changed bits, missing files and folders half written.
/// </summary>
public static class HashedManifest
{
    /// <summary>Name of the manifest within its folder.</summary>
    public const string FileName = "manifest.json";

    private const int FormatVersion = 1;

    /// <summary>Hashes every file of a folder and writes its manifest, atomically. Files added later are not covered.</summary>
    /// <param name="folder">The finished folder.</param>
    /// <param name="cancellation">Stops between two buffers.</param>
    /// <exception cref="JobException">The manifest cannot be written.</exception>
    public static void Write(string folder, CancellationToken cancellation = default)
    {
        var entries = new SortedDictionary<string, (string Sha256, long Bytes)>(StringComparer.Ordinal);
        foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            string name = Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/');
            if (name != FileName)
            {
                entries.Add(name, FileHash.Sha256(file, cancellation));
            }
        }

        AtomicFile.WriteAllBytes(Path.Combine(folder, FileName), JsonText.Indented(json =>
        {
            json.WriteNumber("format", FormatVersion);
            json.WriteStartArray("files");
            foreach ((string name, (string sha256, long bytes)) in entries)
            {
                json.WriteStartObject();
                json.WriteString("path", name);
                json.WriteNumber("bytes", bytes);
                json.WriteString("sha256", sha256);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }));
    }

    /// <summary>Compares a folder with its manifest: sizes first, then the content of what has the right size.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="cancellation">Stops between two buffers.</param>
    /// <returns>Every fault found; none: the listed files are whole. Files that are not listed are no fault.</returns>
    public static IReadOnlyList<ManifestFault> Verify(string folder, CancellationToken cancellation = default)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return [new ManifestFault(ManifestFaultKind.NoManifest, FileName, "is missing: the folder was not finished")];
        }

        List<Entry> entries;
        try
        {
            entries = Read(path);
        }
        catch (InputException e)
        {
            return [new ManifestFault(ManifestFaultKind.BadManifest, FileName, e.Message)];
        }

        var faults = new List<ManifestFault>();
        foreach (Entry entry in entries)
        {
            if (Check(folder, entry, cancellation) is { } fault)
            {
                faults.Add(fault);
            }
        }

        return faults;
    }

    private static ManifestFault? Check(string folder, Entry entry, CancellationToken cancellation)
    {
        var file = new FileInfo(Path.Combine(folder, entry.Path));
        if (!file.Exists)
        {
            return new ManifestFault(ManifestFaultKind.Missing, entry.Path, "is missing");
        }

        if (file.Length != entry.Bytes)
        {
            return new ManifestFault(ManifestFaultKind.WrongSize, entry.Path, string.Create(CultureInfo.InvariantCulture, $"has {file.Length} bytes instead of {entry.Bytes}"));
        }

        try
        {
            return FileHash.Sha256(file.FullName, cancellation).Sha256 == entry.Sha256
                ? null
                : new ManifestFault(ManifestFaultKind.WrongHash, entry.Path, "does not have the content that was written");
        }
        catch (InputException e)
        {
            return new ManifestFault(ManifestFaultKind.Unreadable, entry.Path, e.Message);
        }
    }

    private static List<Entry> Read(string path)
    {
        using JsonDocument document = JsonFile.Read(path);
        JsonFields root = JsonFields.Of(document, path);
        int format = root.Required("format").Int32();
        if (format != FormatVersion)
        {
            throw new InvalidFileException(path, $"has the format {format}; this version reads {FormatVersion}.");
        }

        var entries = new List<Entry>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (JsonField item in root.Required("files").Items())
        {
            JsonFields fields = item.Object();
            string name = fields.Required("path").Text();
            if (!IsInside(name) || !names.Add(name))
            {
                throw new InvalidFileException(path, $"lists the path {Shown.Quote(name)}; allowed are relative paths within the folder, each once.");
            }

            entries.Add(new Entry(name, fields.Required("bytes").Int64(), fields.Required("sha256").Text()));
        }

        return entries;
    }

    private static bool IsInside(string name) =>
        name.Length > 0 && !name.Contains('\0', StringComparison.Ordinal) && !Path.IsPathRooted(name) && !name.Split('/', '\\').Any(static part => part is "" or "." or "..");

    private readonly record struct Entry(string Path, long Bytes, string Sha256);
}

/// <summary>What is wrong with a file of a folder.</summary>
public enum ManifestFaultKind
{
    /// <summary>The folder has no manifest: it was not finished.</summary>
    NoManifest,

    /// <summary>The manifest is malformed.</summary>
    BadManifest,

    /// <summary>A listed file is not there.</summary>
    Missing,

    /// <summary>A file is shorter or longer than listed.</summary>
    WrongSize,

    /// <summary>A file's content changed.</summary>
    WrongHash,

    /// <summary>A file cannot be read.</summary>
    Unreadable,
}

/// <summary>A fault found by <see cref="HashedManifest.Verify"/>.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Path">The file, relative to the folder.</param>
/// <param name="Detail">What was found, to follow the path in a message.</param>
public sealed record ManifestFault(ManifestFaultKind Kind, string Path, string Detail)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Path} {Detail}";
}
