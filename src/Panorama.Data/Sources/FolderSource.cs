using System.Runtime.CompilerServices;
using Panorama.Core.Errors;
using Panorama.Core.IO;
using Panorama.Data.Documents;
using Panorama.Data.Files;
using Panorama.Data.Pipeline;
using Panorama.Data.Rejects;
using Panorama.Data.Sources.Extraction;

namespace Panorama.Data.Sources;

/// <summary>How a folder is read. Validated when made.</summary>
public sealed record FolderSourceOptions
{
    /// <summary>Most bytes of a text file or of a record; default 16 MiB. Larger ones are set aside.</summary>
    public int LargestRecord { get; init => field = Require.That(value >= 1, value, "the largest record", "at least 1 byte"); } = RecordLimits.DefaultLargestRecord;

    /// <summary>Share of broken JSON lines above which the run stops; default 0.1.</summary>
    public double BrokenShare { get; init => field = RecordLimits.CheckedShare(value); } = RecordLimits.DefaultBrokenShare;
}

/// <summary>
/// The user's own texts: a file, or all <c>.txt .md .html .htm .jsonl .cs</c> files below a folder (JSON Lines also as
/// <c>.gz</c> and <c>.zst</c>), in the ordinal order of their paths. Files are decoded by their byte order mark, otherwise as UTF-8;
/// what is neither is counted and set aside, and the rest goes on.
/// </summary>
/// <param name="path">A file or folder.</param>
/// <param name="options">Bounds and metadata.</param>
public sealed class FolderSource(string path, FolderSourceOptions? options = null) : IDocumentSource
{
    /// <summary>The extensions that are read.</summary>
    public static readonly IReadOnlyList<string> Extensions = [".txt", ".md", ".markdown", ".html", ".htm", ".jsonl", ".jsonl.gz", ".jsonl.zst", ".cs"];

    private const string Step = "read";

    private readonly FolderSourceOptions _options = options ?? new FolderSourceOptions();

    /// <inheritdoc/>
    public string Name => path;

    /// <inheritdoc/>
    /// <exception cref="InputException">The folder is missing, or no document could be read.</exception>
    /// <exception cref="JobException">Too large a share of the JSON lines is broken.</exception>
    public async IAsyncEnumerable<Document> ReadAsync(RejectLedger rejects, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var limits = new RecordLimits(_options.LargestRecord, _options.BrokenShare, path);
        long count = 0;
        await foreach (IEnumerable<Document> file in OrderedParallel.SelectAsync(
            Find(), f => Read(f.Path, f.Relative, limits, rejects), 4 * Environment.ProcessorCount, cancellation))
        {
            foreach (Document document in file)
            {
                cancellation.ThrowIfCancellationRequested();
                count++;
                yield return document;
            }
        }

        limits.Judge();
        if (count == 0)
            throw new InputException($"{path}: no document could be read ({Reasons(rejects)}).");
    }

    /// <summary>What the files are now.</summary>
    /// <param name="cancellation">Stops between two buffers.</param>
    /// <exception cref="InputException">The folder is missing or has no such file.</exception>
    public InputFingerprint Fingerprint(CancellationToken cancellation = default) => InputFingerprint.Of(Find(), cancellation);

    private List<(string Path, string Relative)> Find()
    {
        if (File.Exists(path))
            return [(path, Path.GetFileName(path))];
        if (!Directory.Exists(path))
            throw new InputException($"{path}: there is no such file or folder; give a folder with {string.Join(' ', Extensions)} files.");
        List<(string Path, string Relative)> files = FileTree.Find(path, Extensions);
        return files.Count > 0
            ? files
            : throw new InputException($"{path}: there is no {string.Join(' ', Extensions)} file in this folder.");
    }

    // Whole files are read here, by several threads; JSON Lines are read line by line when it is their turn.
    private IEnumerable<Document> Read(string file, string relative, RecordLimits limits, RejectLedger rejects)
    {
        string extension = Path.GetExtension(CompressedFile.PlainName(file)).ToUpperInvariant();
        if (!IsReadable(file, rejects))
            return [];
        if (extension == ".JSONL")
            return DocumentFile.ReadForeign(file, relative, limits, rejects);
        if (Decode(file, rejects) is not { } text)
            return [];
        ExtractedText? extracted = extension switch
        {
            ".HTML" or ".HTM" => HtmlText.Extract(text),
            ".MD" or ".MARKDOWN" => MarkdownText.Extract(text),
            _ => new ExtractedText(text),
        };
        if (extracted is null)
        {
            rejects.Add(Step, DropReason.MalformedFile, file, text.Length, $"elements are nested more than {HtmlShape.MostOpen} deep");
            return [];
        }

        if (string.IsNullOrWhiteSpace(extracted.Text))
        {
            rejects.Add(Step, DropReason.Empty, file, text.Length, "no text is left without the markup");
            return [];
        }

        Dictionary<string, string> metadata = new(StringComparer.Ordinal);
        Put(metadata, MetadataKeys.Title, extracted.Title);
        Put(metadata, MetadataKeys.Language, extracted.Language);
        return [new Document { Id = relative, Text = extracted.Text, Source = relative, Metadata = metadata }];
    }

    private static bool IsReadable(string file, RejectLedger rejects)
    {
        // Pipes and devices have no length either; opening one could wait for ever.
        if (new FileInfo(file) is { Exists: true, Length: 0 })
        {
            rejects.Add(Step, DropReason.Empty, file, 0);
            return false;
        }

        try
        {
            using FileStream stream = InputFile.OpenRead(file);
            return true;
        }
        catch (InputException fault)
        {
            rejects.Add(Step, DropReason.Unreadable, file, 0, fault.Message);
            return false;
        }
    }

    private string? Decode(string file, RejectLedger rejects)
    {
        byte[] bytes;
        try
        {
            bytes = InputFile.ReadAllBytes(file, _options.LargestRecord);
        }
        catch (InputException fault)
        {
            rejects.Add(Step, fault is InvalidFileException ? DropReason.TooLarge : DropReason.Unreadable, file, new FileInfo(file).Length, fault.Message);
            return null;
        }

        if (TextDecoding.TryDecode(bytes, out string text, out DropReason reason))
        {
            if (!string.IsNullOrWhiteSpace(text))
                return text;
            reason = DropReason.Empty;
        }

        rejects.Add(Step, reason, file, bytes.Length);
        return null;
    }

    private static void Put(Dictionary<string, string> metadata, string key, string? value)
    {
        if (value is not null)
            metadata[key] = value;
    }

    private static string Reasons(RejectLedger rejects) => string.Join(", ", rejects.Counts()
        .Where(c => string.Equals(c.Step, Step, StringComparison.Ordinal)).Select(c => $"{c.Documents} {c.Reason}"));
}
