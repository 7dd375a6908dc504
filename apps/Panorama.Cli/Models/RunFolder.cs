using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Panorama.Core.Errors;
using Panorama.Core.IO;
using Panorama.Core.Runs;
using Panorama.Data.Sources;
using Panorama.Modeling.Native;

namespace Panorama.Cli.Models;

/// <summary>A run's folder and its record, <c>run.json</c>, written after every stage.</summary>
internal sealed class RunFolder : IDisposable
{
    // All that any verb writes to the folder of its run: what starting over may remove.
    private static readonly string[] Made = [RunRecord.FileName, MetricsWriter.FileName, "report.html", "tensorboard", "checkpoints", "model", "adapter", "corpus", "pretrain", "finetune"];

    private readonly FolderLock _lock;
    private JsonElement? _earlier;

    private RunFolder(string path, RunRecord record, FolderLock held) => (Path, Record, _lock) = (path, record, held);

    /// <summary>The folder, as the user named it.</summary>
    public string Path { get; }

    /// <summary>What is known about the run so far.</summary>
    public RunRecord Record { get; private set; }

    /// <summary>The model folder that the run hands over.</summary>
    public string Model => File("model");

    private string RecordPath => File(RunRecord.FileName);

    /// <summary>Opens the folder of a run, making it when it is new. No other process may open it until this one ends.</summary>
    /// <param name="chosen">The folder given by <c>--out</c>, if any.</param>
    /// <param name="name">The run's name: the folder is <c>runs/NAME</c> otherwise.</param>
    /// <param name="verb">The verb.</param>
    /// <param name="recipe">The resolved recipe.</param>
    /// <param name="fresh">Whether an earlier run in it is removed first.</param>
    /// <param name="reads">Files and folders that the run reads: starting over must not remove them.</param>
    /// <exception cref="InputException">The name is no plain name, or the folder is that of another verb or in use.</exception>
    /// <exception cref="JobException">The folder cannot be made.</exception>
    public static RunFolder Open(string? chosen, string name, string verb, JsonObject recipe, bool fresh = false, params ReadOnlySpan<string?> reads)
    {
        if (chosen is null)
        {
            Require.That(name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') && name[0] != '.', name, "name", "letters, digits, '-', '_' and '.', not starting with '.'");
        }

        string path = chosen ?? System.IO.Path.Combine("runs", name);
        FolderLock held = FolderLock.Take(path);
        try
        {
            if (fresh)
            {
                RequireOutside(path, reads);
                Clear(path, verb);
            }

            return Open(path, verb, recipe, held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    private static RunFolder Open(string path, string verb, JsonObject recipe, FolderLock held)
    {
        string recordPath = System.IO.Path.Combine(path, RunRecord.FileName);
        var versions = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["torchsharp"] = TorchRuntime.TorchSharpVersion,
            ["libtorch"] = TorchRuntime.LibTorchVersion,
        };
        RunRecord fresh = RunRecord.Start(verb, recipe.ToJsonString(), versions);
        AtomicFolder.RemoveStale(path);
        if (!System.IO.File.Exists(recordPath))
        {
            fresh.Write(recordPath);
            return new RunFolder(path, fresh, held);
        }

        RunRecord old = RunRecord.Read(recordPath);
        return old.Verb == verb
            ? new RunFolder(path, fresh with { StartedAt = old.StartedAt, Stages = old.Stages, Inputs = old.Inputs }, held) { _earlier = old.Recipe }
            : throw new InputException($"{path} holds a run of 'panorama {old.Verb}'. Choose another folder with --out.");
    }

    // By where the links lead: a linked folder names the same files by other paths.
    private static void RequireOutside(string path, ReadOnlySpan<string?> reads)
    {
        StringComparison comparison = OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        string inside = Inside(path), insideTarget = Inside(Resolved(path));
        foreach (string? read in reads)
        {
            if (!string.IsNullOrEmpty(read) && (Inside(read).StartsWith(inside, comparison) || Inside(Resolved(read)).StartsWith(insideTarget, comparison)))
            {
                throw new InputException($"--fresh would remove {read}, which this run reads. Choose another folder with --out.");
            }
        }
    }

    private static string Inside(string path) => System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path)) + System.IO.Path.DirectorySeparatorChar;

    // Every part of a path may be a link, and lead to a path with links.
    private static string Resolved(string path)
    {
        const int MostLinks = 40;
        string full = System.IO.Path.GetFullPath(path);
        for (int links = 0; links < MostLinks; links++)
        {
            if (FirstLink(full) is not { } link)
            {
                break;
            }

            string target = new FileInfo(link).LinkTarget!;
            full = System.IO.Path.GetFullPath(target + full[link.Length..], System.IO.Path.GetDirectoryName(link)!);
        }

        return full;
    }

    private static string? FirstLink(string full)
    {
        var parts = new Stack<string>();
        for (string? part = full; part is not null; part = System.IO.Path.GetDirectoryName(part))
        {
            parts.Push(part);
        }

        return parts.FirstOrDefault(part => new FileInfo(part).LinkTarget is not null);
    }

    // Removes what runs make, by name: other files of the folder stay.
    private static void Clear(string path, string verb)
    {
        string recordPath = System.IO.Path.Combine(path, RunRecord.FileName);
        if (Directory.EnumerateFileSystemEntries(path).All(e => System.IO.Path.GetFileName(e) == FolderLock.FileName))
        {
            return;
        }

        if (!System.IO.File.Exists(recordPath) || RunRecord.Read(recordPath).Verb != verb)
        {
            throw new InputException($"--fresh would remove the run in {path}, but that folder holds no run of 'panorama {verb}'. Remove it yourself, or choose another folder with --out.");
        }

        DiskErrors.Guard(path, null, () =>
        {
            // The record goes last: it says that this is a run, should the removal be cut short.
            foreach (string made in Directory.EnumerateFileSystemEntries(path).Where(IsMade).OrderBy(e => System.IO.Path.GetFileName(e) == RunRecord.FileName).ToArray())
            {
                if (Directory.Exists(made) && new DirectoryInfo(made).LinkTarget is null)
                {
                    Directory.Delete(made, recursive: true);
                }
                else
                {
                    System.IO.File.Delete(made);
                }
            }
        });
    }

    private static bool IsMade(string entry) =>
        Made.Contains(System.IO.Path.GetFileName(entry), StringComparer.Ordinal) || entry.EndsWith(".rejects.jsonl", StringComparison.Ordinal);

    /// <summary>Refuses to go on with a run that was begun with other settings.</summary>
    /// <exception cref="InputException">The settings differ; the message shows both.</exception>
    public void RequireSameRecipe()
    {
        if (_earlier is { } earlier && Record.Stages.Any(s => s.Finished) && !JsonElement.DeepEquals(earlier, Record.Recipe))
        {
            throw new InputException($"{Path} was begun with {earlier.GetRawText().ReplaceLineEndings(" ")}, and now it is {Record.Recipe.GetRawText()}. Use the same settings to go on, --fresh to start over, or --out for another folder.");
        }
    }

    /// <summary>A file or folder of the run.</summary>
    /// <param name="name">Its name.</param>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Records an input file with its hash.</summary>
    /// <param name="path">The file.</param>
    public void AddInput(string path)
    {
        Record = Record.WithInput(path);
        Record.Write(RecordPath);
    }

    /// <summary>Records what a source's files are.</summary>
    /// <param name="source">The source, as the user named it.</param>
    /// <param name="now">What its files are now.</param>
    /// <param name="used">Whether stages that are done have read it.</param>
    /// <exception cref="InputException">It was read, and its files were others then.</exception>
    public void AddInput(string source, InputFingerprint now, bool used)
    {
        if (used && Record.Inputs.FirstOrDefault(i => i.Path == source) is { } then && then.Sha256 != now.Sha256)
        {
            throw new InputException($"{source} has changed since the run in {Path} read it: {Shown.Bytes(then.Bytes)} then, {Shown.Bytes(now.Bytes)} in {now.Files} files now. Use --fresh to start over with what is there now, or --out for another folder.");
        }

        Record = Record.WithInput(new RunInput { Path = source, Bytes = now.Bytes, Sha256 = now.Sha256 });
        Record.Write(RecordPath);
    }

    /// <summary>Records the seeds of the run.</summary>
    /// <param name="seeds">Seeds by what they seed.</param>
    public void SetSeeds(IReadOnlyDictionary<string, ulong> seeds) => Record = Record with { Seeds = seeds };

    /// <summary>Runs a stage and records its time, memory and results, also when it is stopped or fails.</summary>
    /// <typeparam name="T">What the stage gives.</typeparam>
    /// <param name="name">The stage.</param>
    /// <param name="work">The stage's work.</param>
    /// <param name="results">What run.json keeps of it.</param>
    /// <param name="finished">Whether it is done; <see langword="null"/>: it is when it returns.</param>
    public T Stage<T>(string name, Func<T> work, Func<T, JsonObject> results, Func<T, bool>? finished = null)
    {
        long began = Stopwatch.GetTimestamp();
        ProcessMemory.ResetPeak();
        T result;
        try
        {
            result = work();
        }
        catch
        {
            try
            {
                Note(name, began, false, null);
            }
            catch (JobException)
            {
                // The same full disk, most likely; the stage's own error is the one to tell.
            }

            throw;
        }

        Note(name, began, finished?.Invoke(result) ?? true, JsonElement.Parse(results(result).ToJsonString()));
        return result;
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    private void Note(string name, long began, bool finished, JsonElement? results)
    {
        Record = Record.WithStage(new RunStage
        {
            Name = name,
            Finished = finished,
            WallSeconds = Stopwatch.GetElapsedTime(began).TotalSeconds,
            PeakMemoryBytes = ProcessMemory.PeakBytes,
            Results = results,
        });
        Record.Write(RecordPath);
    }
}
