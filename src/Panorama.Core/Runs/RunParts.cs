using System.Text.Json;
using System.Text.Json.Serialization;

namespace Panorama.Core.Runs;

/// <summary>A file that a run read, or the files of a source under its name.</summary>
public sealed record RunInput
{
    /// <summary>The file, as the user named it.</summary>
    public required string Path { get; init; }

    /// <summary>Its size.</summary>
    public required long Bytes { get; init; }

    /// <summary>Its SHA-256, 64 lowercase hexadecimal digits.</summary>
    public required string Sha256 { get; init; }
}

/// <summary>A stage of a run, over all starts of the run.</summary>
public sealed record RunStage
{
    /// <summary>Its name, unique in the run.</summary>
    public required string Name { get; init; }

    /// <summary>Whether it came to its end.</summary>
    public required bool Finished { get; init; }

    /// <summary>Seconds of wall time.</summary>
    public required double WallSeconds { get; init; }

    /// <summary>The most memory resident while it ran, in bytes; where the system cannot tell (other than Linux), in the process up to its end.</summary>
    public required long PeakMemoryBytes { get; init; }

    /// <summary>How often it was started.</summary>
    public int Starts { get; init; } = 1;

    /// <summary>What it found: any JSON; <see langword="null"/>: nothing yet.</summary>
    public JsonElement? Results { get; init; }

    internal RunStage Continue(RunStage next) => next with
    {
        WallSeconds = WallSeconds + next.WallSeconds,
        PeakMemoryBytes = Math.Max(PeakMemoryBytes, next.PeakMemoryBytes),
        Starts = Starts + next.Starts,
        Results = next.Results ?? Results,
    };
}

/// <summary>Serialization of a run's record, generated when compiled.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false)]
[JsonSerializable(typeof(RunRecord))]
internal sealed partial class RunJson : JsonSerializerContext;
