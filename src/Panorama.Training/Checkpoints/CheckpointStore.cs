using System.Globalization;
using System.Text.Json;
using Panorama.Core.Errors;
using Panorama.Core.IO;
using Panorama.Modeling.Checkpoints;
using Panorama.Modeling.Parameters;
using Panorama.Training.Optim;
using static TorchSharp.torch;

namespace Panorama.Training.Checkpoints;

/// <summary>
/// Checkpoints of a run: <c>checkpoints/step-000500/</c> with <c>weights/</c>, <c>first_moment/</c>, <c>second_moment/</c>,
/// <c>state.json</c>, and last <c>manifest.json</c> with the hash of every file. A folder appears under its name only
/// when it is whole and flushed to disk.
/// </summary>
/// <param name="folder">The run's <c>checkpoints</c> folder.</param>
/// <param name="warn">Told about every damaged checkpoint that is passed over.</param>
public sealed class CheckpointStore(string folder, Action<string> warn)
{
    private const string Prefix = "step-", StateName = "state.json", Weights = "weights", First = "first_moment", Second = "second_moment";

    private string BestFolder => Path.Combine(folder, "best");

    /// <summary>Writes a checkpoint, then removes the oldest beyond <paramref name="keep"/>.</summary>
    /// <param name="state">Where the run stands.</param>
    /// <param name="parameters">Its weights.</param>
    /// <param name="optimizer">Its moments.</param>
    /// <param name="keep">Checkpoints kept, at least 1.</param>
    /// <returns>The folder written.</returns>
    /// <exception cref="JobException">No space is left, or the folder cannot be written; earlier checkpoints are intact.</exception>
    public string Save(TrainingState state, FlatParameters parameters, FlatOptimizer optimizer, int keep)
    {
        string target = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{state.Step:d6}"));
        AtomicFolder.Write(
            target,
            temporary =>
            {
                Part(temporary, Weights, parameters, parameters.Data);
                Part(temporary, First, parameters, optimizer.First);
                Part(temporary, Second, parameters, optimizer.Second);
                File.WriteAllBytes(Path.Combine(temporary, StateName), JsonSerializer.SerializeToUtf8Bytes(state, TrainingStateJson.Default.TrainingState));
                HashedManifest.Write(temporary);
            },
            replace: true,
            bytesNeeded: parameters.Count * parameters.Data.element_size() * 3);

        // A damaged one that a resumed run passed over may have a later step: it must not count as the newest.
        foreach (string later in Folders().TakeWhile(f => f != target))
        {
            Directory.Delete(later, recursive: true);
        }

        foreach (string old in Folders().Skip(keep))
        {
            Directory.Delete(old, recursive: true);
        }

        return target;
    }

    /// <summary>Loads the newest whole checkpoint of a run; damaged ones are passed over with a warning.</summary>
    /// <param name="identity">Identity of the run that asks.</param>
    /// <param name="parameters">Receives the weights.</param>
    /// <param name="optimizer">Receives the moments.</param>
    /// <returns>The state, or <see langword="null"/> when there is no whole checkpoint.</returns>
    /// <exception cref="InputException">The checkpoint belongs to another run.</exception>
    public TrainingState? LoadLatest(string identity, FlatParameters parameters, FlatOptimizer optimizer)
    {
        AtomicFolder.RemoveStale(folder);
        foreach (string candidate in Folders())
        {
            IReadOnlyList<ManifestFault> faults = HashedManifest.Verify(candidate);
            if (faults.Count > 0)
            {
                warn($"checkpoint {candidate} is damaged and is passed over: {faults[0]}");
                continue;
            }

            TrainingState state = ReadState(candidate);
            if (state.Identity != identity)
            {
                throw new InputException($"{candidate} belongs to a run with another recipe or other data. Use another --out, or --fresh to start over.");
            }

            WeightFiles.Load(Path.Combine(candidate, Weights), parameters, parameters.Data);
            WeightFiles.Load(Path.Combine(candidate, First), parameters, optimizer.First);
            WeightFiles.Load(Path.Combine(candidate, Second), parameters, optimizer.Second);
            optimizer.Updates = state.Updates;
            using Tensor random = tensor(Convert.FromBase64String(state.Random));
            set_rng_state(random);
            return state;
        }

        return null;
    }

    /// <summary>Keeps the weights as the best so far, beside the checkpoints.</summary>
    /// <param name="parameters">The weights.</param>
    /// <exception cref="JobException">No space is left, or the folder cannot be written.</exception>
    public void SaveBest(FlatParameters parameters) => AtomicFolder.Write(
        BestFolder,
        temporary =>
        {
            Part(temporary, Weights, parameters, parameters.Data);
            HashedManifest.Write(temporary);
        },
        replace: true,
        bytesNeeded: parameters.Count * parameters.Data.element_size());

    /// <summary>Loads the best weights.</summary>
    /// <param name="parameters">Receives them.</param>
    /// <exception cref="InputException">They are missing or damaged.</exception>
    public void LoadBest(FlatParameters parameters)
    {
        IReadOnlyList<ManifestFault> faults = HashedManifest.Verify(BestFolder);
        if (faults.Count > 0)
        {
            throw new InputException($"{BestFolder}, the best weights of this run, is damaged: {faults[0]}. Remove the newest checkpoints to train from an older one again, or set train.early_stopping_patience to 0 and use another --out.");
        }

        WeightFiles.Load(Path.Combine(BestFolder, Weights), parameters, parameters.Data);
    }

    /// <summary>The state of libtorch's random generator, for <see cref="TrainingState.Random"/>.</summary>
    public static string RandomState()
    {
        using Tensor state = get_rng_state();
        return Convert.ToBase64String(state.data<byte>().ToArray());
    }

    private static void Part(string temporary, string name, FlatParameters parameters, Tensor flat)
    {
        string part = Directory.CreateDirectory(Path.Combine(temporary, name)).FullName;
        WeightFiles.Save(part, parameters, flat);
    }

    private static TrainingState ReadState(string candidate)
    {
        string path = Path.Combine(candidate, StateName);
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), TrainingStateJson.Default.TrainingState)
                ?? throw new InvalidFileException(path, "holds null instead of the training state.");
        }
        catch (JsonException error)
        {
            throw new InvalidFileException(path, $"is no training state: {error.Message}", error);
        }
    }

    // Newest first. Names of more than six digits sort by number, not by text.
    private IEnumerable<string> Folders() => !Directory.Exists(folder)
        ? []
        : Directory.GetDirectories(folder, Prefix + "*")
            .Select(path => (Path: path, Step: long.TryParse(Path.GetFileName(path).AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long step) ? step : -1))
            .Where(f => f.Step >= 0)
            .OrderByDescending(f => f.Step)
            .Select(f => f.Path);
}
