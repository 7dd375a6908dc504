using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Panorama.Core.Errors;
using Panorama.Data.Rejects;

namespace Panorama.Data.Files;

/// <summary>One record of a JSON Lines file and the number of its line.</summary>
internal readonly record struct JsonLine<T>(T Record, long Number);

/// <summary>JSON Lines: one JSON value a line, UTF-8 (or UTF-16 and UTF-32 with their byte order marks), perhaps compressed.</summary>
internal static class JsonLines
{
    /// <summary>The step under which broken records are recorded.</summary>
    public const string Step = "read";

    /// <summary>Reads records; a line that is none is recorded with its place and passed over.</summary>
    /// <param name="path">The file.</param>
    /// <param name="type">How a line is read.</param>
    /// <param name="wrong">Says what is wrong with a well-formed record, or null when nothing is.</param>
    /// <param name="limits">Bounds of records and of the broken ones among them.</param>
    /// <param name="rejects">Where broken lines go.</param>
    /// <exception cref="InputException">The file is missing or cannot be read.</exception>
    /// <exception cref="JobException">Too large a share of the records is broken.</exception>
    public static IEnumerable<JsonLine<T>> Read<T>(string path, JsonTypeInfo<T> type, Func<T, string?> wrong, RecordLimits limits, RejectLedger rejects)
        where T : class
    {
        using Stream file = CompressedFile.OpenRead(path);
        using Stream utf8 = TextDecoding.AsUtf8(file);
        var lines = new BoundedLineReader(utf8, limits.LargestRecord);
        while (Advance(lines, path, rejects))
        {
            if (lines.TooLong)
            {
                rejects.Add(Step, DropReason.TooLarge, $"{path}:{lines.LineNumber}", lines.LineBytes, $"more than {limits.LargestRecord} bytes");
                limits.CountBroken($"{path}:{lines.LineNumber}");
                continue;
            }

            if (lines.Line.Span.IndexOfAnyExcept(" \t\r"u8) < 0)
                continue;
            (T? record, string? fault) = Parse(lines.Line.Span, type);
            fault ??= wrong(record!);
            if (fault is null)
            {
                limits.CountGood();
                yield return new JsonLine<T>(record!, lines.LineNumber);
                continue;
            }

            rejects.Add(Step, DropReason.BrokenRecord, $"{path}:{lines.LineNumber}", lines.LineBytes, fault, text: Encoding.UTF8.GetString(lines.Line.Span));
            limits.CountBroken($"{path}:{lines.LineNumber}");
        }
    }

    /// <summary>Writes records, one a line, as a whole file or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="records">Read while writing.</param>
    /// <param name="type">How a record is written.</param>
    public static void Write<T>(string path, IEnumerable<T> records, JsonTypeInfo<T> type) => CompressedFile.Write(path, stream =>
    {
        foreach (T record in records)
        {
            JsonSerializer.Serialize(stream, record, type);
            stream.WriteByte((byte)'\n');
        }
    });

    private static bool Advance(BoundedLineReader lines, string path, RejectLedger rejects)
    {
        try
        {
            return lines.Read();
        }
        catch (DecoderFallbackException fault)
        {
            // What follows cannot be cut into lines with any certainty.
            rejects.Add(Step, DropReason.Undecodable, $"{path}:{lines.LineNumber + 1}", 0, fault.Message);
        }
        catch (InvalidFileException fault)
        {
            rejects.Add(Step, DropReason.MalformedFile, $"{path}:{lines.LineNumber + 1}", 0, fault.Message);
        }
        catch (IOException fault)
        {
            rejects.Add(Step, DropReason.Unreadable, $"{path}:{lines.LineNumber + 1}", 0, fault.Message);
        }

        return false;
    }

    /// <summary>Reads one record.</summary>
    /// <param name="line">Its bytes.</param>
    /// <param name="type">How it is read.</param>
    /// <returns>The record, or what is wrong with it.</returns>
    public static (T? Record, string? Fault) Parse<T>(ReadOnlySpan<byte> line, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(line, type) is { } record ? (record, null) : (null, "the line is null");
        }
        catch (JsonException fault)
        {
            return (null, fault.Message);
        }
        catch (InvalidOperationException fault)
        {
            return (null, fault.Message); // half a surrogate pair in an escape
        }
    }
}
