using Panorama.Core.Errors;
using Panorama.Data.Files;
using Panorama.Data.Questions;
using Panorama.Data.Rejects;
using Panorama.Data.Sources;

namespace Panorama.Data.Chats;

/// <summary>What a file of chats gave.</summary>
/// <param name="Path">The file.</param>
/// <param name="Format">Its format.</param>
/// <param name="Detected">Whether the format was found by its first records, not given.</param>
/// <param name="Chats">Chats read.</param>
/// <param name="Broken">Records that are none.</param>
public sealed record ChatFileSummary(string Path, ChatFormat Format, bool Detected, long Chats, long Broken);

/// <summary>
/// Chats as users have them: files and folders of JSON Lines or JSON arrays (<c>.jsonl</c>, <c>.json</c>, perhaps <c>.gz</c> or
/// <c>.zst</c>), each in one of the <see cref="ChatFormat"/>s.
/// </summary>
public static class ChatFiles
{
    private const int Judged = 32;
    private const string Rejects = ".rejects.jsonl";
    private static readonly string[] Extensions = [".jsonl", ".json", ".jsonl.gz", ".json.gz", ".jsonl.zst", ".json.zst"];

    /// <summary>
    /// The files meant by a list of files and folders, in its order and each once; those of a folder by name, without what
    /// earlier runs rejected.
    /// </summary>
    /// <param name="paths">Files and folders.</param>
    /// <exception cref="InputException">A path is missing, or a folder has no such file.</exception>
    public static IReadOnlyList<string> Find(IReadOnlyList<string> paths)
    {
        List<string> files = [];
        var seen = new HashSet<string>(OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
        foreach (string path in paths)
        {
            if (!Directory.Exists(path))
            {
                Add(File.Exists(path) ? path : throw new InputException($"{path}: there is no such file or folder of chats."));
                continue;
            }

            string[] found = [.. FileTree.Find(path, Extensions).Select(f => f.Path).Where(f => !f.EndsWith(Rejects, StringComparison.OrdinalIgnoreCase))];
            Array.ForEach(found, Add);
            if (found.Length == 0)
            {
                throw new InputException($"{path} holds no chats: looked for {string.Join(", ", Extensions)}.");
            }
        }

        return files;

        void Add(string file)
        {
            if (seen.Add(Path.GetFullPath(file)))
            {
                files.Add(file);
            }
        }
    }

    /// <summary>Reads a file lazily.</summary>
    /// <param name="path">The file.</param>
    /// <param name="format">Its format, or <see cref="ChatFormat.Auto"/>.</param>
    /// <param name="rejects">Where broken records go, with file and line.</param>
    /// <param name="done">Told at the end.</param>
    /// <param name="brokenShare">Share of broken records above which reading stops.</param>
    /// <exception cref="InputException">The file cannot be read, or its format is none of those known.</exception>
    /// <exception cref="JobException">Too large a share of the records is broken.</exception>
    public static IEnumerable<ChatRecord> Read(string path, ChatFormat format, RejectLedger rejects, Action<ChatFileSummary> done, double brokenShare = RecordLimits.DefaultBrokenShare)
    {
        ChatFormat known = format == ChatFormat.Auto ? Detect(path) : format;
        var limits = new RecordLimits(RecordLimits.DefaultLargestRecord, brokenShare, path);
        long before = Count(rejects), chats = 0;
        ChatRecord? chat = null;
        foreach (JsonLine<ChatExample> _ in JsonRecords.Read(path, DataJson.Lines.ChatExample, e => ChatReading.Read(e, known, out chat), limits, rejects))
        {
            chats++;
            yield return chat!;
        }

        limits.Judge();
        done(new ChatFileSummary(path, known, format == ChatFormat.Auto, chats, Count(rejects) - before));
    }

    /// <summary>The format that most of a file's first records have.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">The file cannot be read, or none of them has a known one.</exception>
    public static ChatFormat Detect(string path)
    {
        using var ignored = new RejectLedger();
        var limits = new RecordLimits(RecordLimits.DefaultLargestRecord, 1, path);
        IGrouping<ChatFormat, ChatFormat>? most = JsonRecords.Read(path, DataJson.Lines.ChatExample, _ => null, limits, ignored)
            .Take(Judged)
            .Select(line => line.Record.Format())
            .Where(f => f != ChatFormat.Auto)
            .GroupBy(f => f)
            .MaxBy(g => g.Count());
        return most?.Key ?? throw new InputException(
            $"{path}: the format of its chats is not known. Each record needs messages (role, content), conversations (from, value), instruction and output, or prompt and completion; one a line, or in a JSON array.");
    }

    private static long Count(RejectLedger rejects) => rejects.Counts().Sum(c => c.Documents);
}
