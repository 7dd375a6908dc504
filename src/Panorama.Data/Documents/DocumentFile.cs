using System.Text.Json;
using Panorama.Core.Errors;
using Panorama.Data.Files;
using Panorama.Data.Rejects;

namespace Panorama.Data.Documents;

/// <summary>Documents as JSON Lines with the fields <c>id, text, source, metadata</c>; <c>.gz</c> and <c>.zst</c> by extension.</summary>
public static class DocumentFile
{
    /// <summary>Reads documents lazily. A missing id or source becomes the file and line; other fields than these four are passed over.</summary>
    /// <param name="path">The file.</param>
    /// <param name="rejects">Where broken lines go.</param>
    /// <param name="brokenShare">Share of broken lines above which reading stops.</param>
    /// <exception cref="InputException">The file is missing or cannot be read.</exception>
    /// <exception cref="JobException">Too large a share of the lines is broken.</exception>
    public static IEnumerable<Document> Read(string path, RejectLedger rejects, double brokenShare = RecordLimits.DefaultBrokenShare)
    {
        var limits = new RecordLimits(RecordLimits.DefaultLargestRecord, brokenShare, path);
        foreach (Document document in Read(path, Path.GetFileName(path), limits, rejects, foreign: false))
            yield return document;
        limits.Judge();
    }

    /// <summary>Writes documents as a whole file or not at all.</summary>
    /// <param name="path">The file; its folder is made if missing.</param>
    /// <param name="documents">Read while writing.</param>
    /// <exception cref="JobException">The disk is full, or the file cannot be written.</exception>
    public static void Write(string path, IEnumerable<Document> documents) =>
        JsonLines.Write(path, documents.Select(d => new DocumentToWrite(d.Id, d.Text, d.Source, d.Metadata)), DataJson.Lines.DocumentToWrite);

    /// <summary>Reads a user's file for a source that judges the broken lines of all its files together. Reserved metadata is left out.</summary>
    internal static IEnumerable<Document> ReadForeign(string path, string name, RecordLimits limits, RejectLedger rejects) =>
        Read(path, name, limits, rejects, foreign: true);

    private static IEnumerable<Document> Read(string path, string name, RecordLimits limits, RejectLedger rejects, bool foreign)
    {
        foreach ((DocumentLine line, long number) in JsonLines.Read(path, DataJson.Lines.DocumentLine, Wrong, limits, rejects))
        {
            Dictionary<string, string> metadata = new(StringComparer.Ordinal);
            foreach ((string key, JsonElement value) in line.Metadata ?? [])
            {
                if (value.ValueKind != JsonValueKind.Null && !(foreign && key.StartsWith(MetadataKeys.ReservedPrefix, StringComparison.Ordinal)))
                    metadata[key] = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
            }

            yield return new Document
            {
                Id = line.Id ?? $"{name}:{number}",
                Text = line.Text!,
                Source = line.Source ?? $"{name}:{number}",
                Metadata = metadata,
            };
        }
    }

    private static string? Wrong(DocumentLine line) => line.Text is null ? "there is no text" : null;
}

/// <summary>A line as it may come from outside.</summary>
internal sealed record DocumentLine(string? Id, string? Text, string? Source, Dictionary<string, JsonElement>? Metadata);

/// <summary>A line as it is written.</summary>
internal sealed record DocumentToWrite(string Id, string Text, string Source, IReadOnlyDictionary<string, string> Metadata);
