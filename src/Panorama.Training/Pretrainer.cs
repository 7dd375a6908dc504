using Panorama.Core.Errors;
using Panorama.Data.Sampling;
using Panorama.Data.Shards;
using Panorama.Modeling.Families;
using Panorama.Modeling.Native;
using Panorama.Tokenization;
using Panorama.Training.Batches;
using Panorama.Training.Settings;

namespace Panorama.Training;

/// <summary>What a pre-training run reads.</summary>
/// <param name="ShardPrefix">Token shard of the training text, without extension.</param>
/// <param name="Tokenizer">The tokenizer that made it.</param>
/// <param name="TokenizerHash">Hash of its file: another one reads other text in the same ids.</param>
/// <param name="HeldOut">Text to validate on.</param>
public sealed record PretrainInputs(string ShardPrefix, Tokenizer Tokenizer, string TokenizerHash, HeldOutText HeldOut);

/// <summary>Pre-trains a decoder on a token shard and writes the model folder.</summary>
public static class Pretrainer
{
    /// <summary>Refuses a run whose shape is wrong or for which the memory does not suffice, before anything is read.</summary>
    /// <param name="settings">The run.</param>
    /// <param name="vocabularySize">Ids of the tokenizer to come.</param>
    /// <exception cref="InputException">The message says the need, what there is, and the remedy.</exception>
    public static void RequireFits(PretrainSettings settings, int vocabularySize)
    {
        using var model = new DecoderModel(settings.Model.ToConfig(vocabularySize));
        RequireFits(model, settings);
    }

    private static void RequireFits(DecoderModel model, PretrainSettings settings)
    {
        settings.Train.RequireMeasurements();
        settings.Train.RequirePassOf(model.Config.ContextLength);
        TrainingMemory.Require(model.Config, model.ParameterCount, settings.Train);
    }

    /// <summary>Runs, or resumes, a pre-training.</summary>
    /// <param name="settings">The run.</param>
    /// <param name="inputs">What it reads.</param>
    /// <param name="folder">Its folder: checkpoints, metrics and <c>model/</c> go there.</param>
    /// <param name="console">Follows the run.</param>
    /// <param name="cancellation">Saves and stops.</param>
    /// <returns>How it ended.</returns>
    /// <exception cref="InputException">The shard does not fit the tokenizer or is too short, or the folder holds another run.</exception>
    public static TrainingOutcome Run(PretrainSettings settings, PretrainInputs inputs, string folder, ITrainingListener console, CancellationToken cancellation)
    {
        TorchRuntime.SetThreads(settings.Train.Threads);
        using var shard = new TokenShardReader(inputs.ShardPrefix, inputs.Tokenizer.VocabularySize);
        int context = settings.Model.ContextLength;
        var sampler = new WindowSampler(shard, new WindowSamplerOptions { ContextLength = context, Seed = settings.Train.Seed });
        using var model = new DecoderModel(settings.Model.ToConfig(inputs.Tokenizer.VocabularySize));
        RequireFits(model, settings);
        model.Allocate(TorchRuntime.SelectDevice(settings.Train.Device)).Initialize(settings.Train.Seed);

        using var log = new RunLog(folder, console);
        using var loop = new TrainingLoop(
            new TrainingPlan
            {
                Model = model,
                Batches = new WindowBatches(sampler, settings.Train),
                Train = settings.Train,
                Optimizer = settings.Optimizer,
                Checkpoint = settings.Checkpoint,
                Folder = folder,
                Identity = RunIdentity.Of(settings.Train, settings.Model.ToString(), settings.Optimizer.ToString(), RunIdentity.OfFile(inputs.ShardPrefix + ".bin"), inputs.TokenizerHash),
                Validate = token => inputs.HeldOut.Measure(model, token),
            },
            log);
        TrainingOutcome outcome = loop.Run(cancellation);
        TrainedModel.Save(Path.Combine(folder, "model"), model, inputs.Tokenizer);
        return outcome;
    }
}
