using System.Text;
using System.Text.Json.Serialization.Metadata;
using Panorama.Core.Errors;
using Panorama.Data.Rejects;

namespace Panorama.Data.Files;

/// <summary>Records of a file that is JSON Lines, or one JSON array of them.</summary>
internal static class JsonRecords
{
    /// <summary>Reads records; what is none is recorded with its place and passed over.</summary>
    /// <inheritdoc cref="JsonLines.Read"/>
    public static IEnumerable<JsonLine<T>> Read<T>(string path, JsonTypeInfo<T> type, Func<T, string?> wrong, RecordLimits limits, RejectLedger rejects)
        where T : class => StartsArray(path) ? ReadArray(path, type, wrong, limits, rejects) : JsonLines.Read(path, type, wrong, limits, rejects);

    private static IEnumerable<JsonLine<T>> ReadArray<T>(string path, JsonTypeInfo<T> type, Func<T, string?> wrong, RecordLimits limits, RejectLedger rejects)
        where T : class
    {
        using Stream file = CompressedFile.OpenRead(path);
        using Stream utf8 = TextDecoding.AsUtf8(file);
        var items = new JsonArrayReader(utf8, limits.LargestRecord);
        while (Advance(items, path, rejects))
        {
            string where = $"{path}:{items.LineNumber}";
            if (items.TooLong)
            {
                rejects.Add(JsonLines.Step, DropReason.TooLarge, where, items.ItemBytes, $"more than {limits.LargestRecord} bytes");
                limits.CountBroken(where);
                continue;
            }

            (T? record, string? fault) = JsonLines.Parse(items.Item, type);
            fault ??= wrong(record!);
            if (fault is null)
            {
                limits.CountGood();
                yield return new JsonLine<T>(record!, items.LineNumber);
                continue;
            }

            rejects.Add(JsonLines.Step, DropReason.BrokenRecord, where, items.ItemBytes, fault, text: Encoding.UTF8.GetString(items.Item));
            limits.CountBroken(where);
        }

        if (items.Fault is { } end)
        {
            rejects.Add(JsonLines.Step, DropReason.MalformedFile, $"{path}:{items.LineNumber}", items.ItemBytes, end);
            limits.CountBroken($"{path}:{items.LineNumber}");
        }
    }

    private static bool Advance(JsonArrayReader items, string path, RejectLedger rejects)
    {
        try
        {
            return items.Read();
        }
        catch (DecoderFallbackException fault)
        {
            rejects.Add(JsonLines.Step, DropReason.Undecodable, $"{path}:{items.LineNumber}", 0, fault.Message);
        }
        catch (InvalidFileException fault)
        {
            rejects.Add(JsonLines.Step, DropReason.MalformedFile, $"{path}:{items.LineNumber}", 0, fault.Message);
        }
        catch (IOException fault)
        {
            rejects.Add(JsonLines.Step, DropReason.Unreadable, $"{path}:{items.LineNumber}", 0, fault.Message);
        }

        return false;
    }

    // Faults of the file come up, and are recorded, when it is read in earnest.
    private static bool StartsArray(string path)
    {
        using Stream file = CompressedFile.OpenRead(path);
        try
        {
            using Stream utf8 = TextDecoding.AsUtf8(file);
            int next;
            do
            {
                next = utf8.ReadByte();
            }
            while (next is ' ' or '\t' or '\r' or '\n');

            return next == '[';
        }
        catch (Exception fault) when (fault is IOException or InvalidFileException or DecoderFallbackException)
        {
            return false;
        }
    }
}
