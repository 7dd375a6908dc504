using System.Text.Json;
using Panorama.Core.Errors;
using Panorama.Core.IO;

namespace Panorama.Core.Runs;

/// <summary>
/// The <c>run.json</c> of a run: all that is needed to say what was done and to do it again. A value; a run keeps the
/// newest one, writes it after every stage, and reads it back when it is started again.
/// </summary>
public sealed record RunRecord
{
    /// <summary>Name of the file within a run's folder.</summary>
    public const string FileName = "run.json";

    /// <summary>The version of the layout that this program writes and reads.</summary>
    public const int CurrentFormat = 1;

    /// <summary>Version of the layout.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>The verb of the command line, as in <c>pretrain</c>.</summary>
    public required string Verb { get; init; }

    /// <summary>When the run was first started.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The resolved recipe.</summary>
    public required JsonElement Recipe { get; init; }

    /// <summary>Versions by name: <c>panorama</c>, <c>dotnet</c>, and the libraries'.</summary>
    public required IReadOnlyDictionary<string, string> Versions { get; init; }

    /// <summary>The commit of the sources; <see langword="null"/>: not known.</summary>
    public string? GitCommit { get; init; }

    /// <summary>The machine.</summary>
    public required HardwareInfo Hardware { get; init; }

    /// <summary>Seeds by what they seed.</summary>
    public IReadOnlyDictionary<string, ulong> Seeds { get; init; } = new Dictionary<string, ulong>(StringComparer.Ordinal);

    /// <summary>The files read.</summary>
    public IReadOnlyList<RunInput> Inputs { get; init; } = [];

    /// <summary>The stages in the order they were first run.</summary>
    public IReadOnlyList<RunStage> Stages { get; init; } = [];

    /// <summary>Seconds of wall time of all stages and starts.</summary>
    public double WallSeconds => Stages.Sum(static s => s.WallSeconds);

    /// <summary>The most memory resident in any stage, in bytes.</summary>
    public long PeakMemoryBytes => Stages.Count == 0 ? 0 : Stages.Max(static s => s.PeakMemoryBytes);

    /// <summary>Starts a record with what this process knows about itself.</summary>
    /// <param name="verb">The verb of the command line.</param>
    /// <param name="recipeJson">The resolved recipe as JSON.</param>
    /// <param name="libraries">Versions of libraries, to add to Panorama's and .NET's.</param>
    /// <param name="seeds">Seeds by what they seed.</param>
    /// <param name="time">The clock; <see langword="null"/>: the system's.</param>
    /// <exception cref="JsonException">The recipe is not JSON.</exception>
    public static RunRecord Start(
        string verb,
        string recipeJson,
        IReadOnlyDictionary<string, string>? libraries = null,
        IReadOnlyDictionary<string, ulong>? seeds = null,
        TimeProvider? time = null)
    {
        var versions = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, string version) in libraries ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            versions[name] = version;
        }

        versions["panorama"] = typeof(RunRecord).Assembly.GetName().Version?.ToString(3) ?? "unknown";
        versions["dotnet"] = Environment.Version.ToString();
        return new RunRecord
        {
            Verb = verb,
            StartedAt = (time ?? TimeProvider.System).GetUtcNow(),
            Recipe = JsonElement.Parse(recipeJson),
            Versions = versions,
            GitCommit = Runs.GitCommit.Find(AppContext.BaseDirectory),
            Hardware = HardwareInfo.Collect(),
            Seeds = seeds ?? new Dictionary<string, ulong>(StringComparer.Ordinal),
        };
    }

    /// <summary>Reads a record.</summary>
    /// <param name="path">The <c>run.json</c>.</param>
    /// <exception cref="InputException">The file cannot be read.</exception>
    /// <exception cref="InvalidFileException">It is not a run record, or one of another version.</exception>
    public static RunRecord Read(string path)
    {
        using JsonDocument document = JsonFile.Read(path);
        int format = JsonFields.Of(document, path).Required("format").Int32();
        if (format != CurrentFormat)
        {
            throw new InvalidFileException(path, $"has the format {format}; this version reads {CurrentFormat}.");
        }

        try
        {
            return document.Deserialize(RunJson.Default.RunRecord)!;
        }
        catch (JsonException e)
        {
            throw new InvalidFileException(path, $"is not a run record: {e.Message}", e);
        }
    }

    /// <summary>Writes the record, atomically.</summary>
    /// <param name="path">The <c>run.json</c>.</param>
    /// <exception cref="JobException">The disk is full, or the file cannot be written.</exception>
    public void Write(string path) => AtomicFile.Write(path, stream =>
    {
        using var json = new Utf8JsonWriter(stream, JsonText.ForPeople);
        JsonSerializer.Serialize(json, this, RunJson.Default.RunRecord);
    });

    /// <summary>The record with a file that was read, hashed now; a file of the same name is replaced.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">The file cannot be read.</exception>
    public RunRecord WithInput(string path)
    {
        (string sha256, long bytes) = FileHash.Sha256(path);
        return WithInput(new RunInput { Path = path, Bytes = bytes, Sha256 = sha256 });
    }

    /// <summary>The record with an input that is hashed already; one of the same name is replaced.</summary>
    /// <param name="input">The file, or several under one name.</param>
    public RunRecord WithInput(RunInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return this with { Inputs = [.. Inputs.Where(i => i.Path != input.Path), input] };
    }

    /// <summary>A stage by name.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The stage; <see langword="null"/>: it was not run.</returns>
    public RunStage? FindStage(string name) => Stages.FirstOrDefault(s => s.Name == name);

    /// <summary>
    /// The record with what a start of this process did in a stage. A stage that an earlier start left unfinished goes on:
    /// times and starts add up, the larger peak stays; a finished one is replaced.
    /// </summary>
    /// <param name="stage">The stage as this start alone saw it, from its own first second; to be added once a start.</param>
    public RunRecord WithStage(RunStage stage)
    {
        ArgumentNullException.ThrowIfNull(stage);
        RunStage[] stages = [.. Stages];
        int at = Array.FindIndex(stages, s => s.Name == stage.Name);
        if (at < 0)
        {
            return this with { Stages = [.. stages, stage] };
        }

        stages[at] = stages[at].Finished ? stage : stages[at].Continue(stage);
        return this with { Stages = stages };
    }
}
