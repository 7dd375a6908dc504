using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Core.IO;
using Panorama.Data.Chats;
using Panorama.Data.Sampling;
using Panorama.Data.Shards;
using Panorama.Modeling.Adapters;
using Panorama.Modeling.Checkpoints;
using Panorama.Modeling.Families;
using Panorama.Modeling.Native;
using Panorama.Tokenization;
using Panorama.Tokenization.ChatTemplates;
using Panorama.Training.Batches;
using Panorama.Training.Settings;
using static TorchSharp.torch;

namespace Panorama.Training;

/// <summary>Fine-tunes a model on chats, all weights or an adapter, with the loss on the assistant's answers only.</summary>
public static class Finetuner
{
    /// <summary>Name of the adapter's folder within a run's.</summary>
    public const string AdapterName = "adapter";

    /// <summary>Runs, or resumes, a fine-tuning.</summary>
    /// <param name="settings">The run.</param>
    /// <param name="folder">Its folder: checkpoints, metrics and <c>model/</c> or <c>adapter/</c> go there.</param>
    /// <param name="console">Follows the run.</param>
    /// <param name="cancellation">Saves and stops.</param>
    /// <exception cref="InputException">The model or the chats are missing or malformed, or the folder holds another run.</exception>
    public static TrainingOutcome Run(FinetuneSettings settings, string folder, ITrainingListener console, CancellationToken cancellation)
    {
        settings.Train.RequireMeasurements();
        TorchRuntime.SetThreads(settings.Train.Threads);
        using DecoderModel model = Load(settings);
        var tokenizer = Tokenizer.Load(settings.Model);
        int pad = SpecialTokens.Of(tokenizer).Pad!.Value;
        int context = model.Config.ContextLength;
        Directory.CreateDirectory(folder);
        (IReadOnlyList<ChatTokens> chats, IReadOnlyList<ChatTokens> heldOut) = Chats(settings, new ChatLoader(tokenizer, Template(settings.Model), context, folder, console));
        IBatchSource batches = Batches(settings, chats, context, pad, console);
        LoraConfig? lora = settings.Lora?.ToConfig(settings.Model, model.Config.TieEmbeddings, TrainableTokens.Choose(settings.Lora, model, tokenizer, chats, console));
        RequireMemory(settings, lora, model, settings.Packing ? context : chats.Max(c => c.Ids.Length) - 1);
        var measured = new HeldOutChats(heldOut, pad);
        using LoraAdapter? adapter = lora is null ? null : Attach(model, lora, settings, console);
        using TokenShardReader? replay = settings.Replay.Length > 0 ? new TokenShardReader(settings.Replay, tokenizer.VocabularySize) : null;
        using var log = new RunLog(folder, console);
        using var loop = new TrainingLoop(
            new TrainingPlan
            {
                Model = model,
                Batches = replay is null ? batches : new AlternatingBatches(batches, Windows(replay, context, settings), settings.ReplayFrom),
                Train = settings.Train,
                Optimizer = settings.Optimizer,
                Checkpoint = settings.Checkpoint,
                Folder = folder,
                Identity = Identity(settings),
                Validate = heldOut.Count == 0 ? null : token => measured.Measure(model, token),
            },
            log);
        TrainingOutcome outcome = loop.Run(cancellation);
        if (adapter is null)
        {
            TrainedModel.Save(Path.Combine(folder, "model"), model, tokenizer);
        }
        else
        {
            AtomicFolder.Write(Path.Combine(folder, AdapterName), temporary => AdapterFolder.Save(temporary, adapter, ModelFolder.WeightsHash(settings.Model)), replace: true, bytesNeeded: adapter.ParameterCount * sizeof(float));
        }

        return outcome;
    }

    private static DecoderModel Load(FinetuneSettings settings)
    {
        Device device = TorchRuntime.SelectDevice(settings.Train.Device);
        int bits = settings.Lora?.BaseBits ?? 32;
        Require.That(bits == 32 || device.type == TorchSharp.DeviceType.CPU, bits, "lora.base_bits", $"32 on {settings.Train.Device}; 8 and 4 on the cpu");
        return ModelFolder.Load(settings.Model, device, trainable: settings.Lora is null, bits).Model;
    }

    private static void RequireMemory(FinetuneSettings settings, LoraConfig? lora, DecoderModel model, long length)
    {
        using LoraAdapter? planned = lora is null ? null : new LoraAdapter(model, lora);
        double taken = settings.Lora is null ? 2.0 * model.WeightBytes : model.WeightBytes; // gradients as well
        void Require(TrainSettings train, long time) => TrainingMemory.Require(model.Config, model.ParameterCount, train, time, planned?.ParameterCount, settings.Lora?.BaseBits ?? 32, taken);
        Require(settings.Train, length);
        if (settings.Replay.Length > 0)
        {
            Require(settings.Train with { BatchSize = settings.ReplayBatchSize }, model.Config.ContextLength);
        }
    }

    private static ChatTemplate Template(string model) => ChatTemplate.TryLoad(model)
        ?? throw new InputException($"{model} has no {ChatTemplate.FileName}: without a chat template the turns of a chat cannot be told apart. Add the template it was trained with, or that of ChatML for a base model whose tokenizer has {SpecialTokens.MessageStart} and {SpecialTokens.MessageEnd}.");

    private static LoraAdapter Attach(DecoderModel model, LoraConfig lora, FinetuneSettings settings, ITrainingListener console)
    {
        var adapter = new LoraAdapter(model, lora);
        adapter.Allocate(trainable: true);
        adapter.Initialize(settings.Train.Seed);
        model.Adapter = adapter;
        console.Noted(AdapterReport.Of(model, adapter).ToString());
        return adapter;
    }

    private static (IReadOnlyList<ChatTokens> Training, IReadOnlyList<ChatTokens> HeldOut) Chats(FinetuneSettings settings, ChatLoader loader)
    {
        IReadOnlyList<ChatTokens> chats = loader.Load(settings.Data, settings.DataFormat, "data");
        IReadOnlyList<ChatTokens> heldOut = [];
        if (ChatLoader.Share(settings.HeldOut) is { } share)
        {
            (chats, heldOut) = ChatLoader.Split(chats, share, settings.Train.Seed);
        }
        else if (settings.HeldOut.Length > 0)
        {
            heldOut = loader.Load([settings.HeldOut], settings.DataFormat, "held-out");
        }

        Require.That(heldOut.Count > 0 || settings.Train.EarlyStoppingPatience == 0, settings.Train.EarlyStoppingPatience, "train.early_stopping_patience", "0 without held-out chats; give held_out a file with chats or a larger share");
        return (chats, heldOut);
    }

    private static IBatchSource Batches(FinetuneSettings settings, IReadOnlyList<ChatTokens> chats, int context, int pad, ITrainingListener console)
    {
        if (!settings.Packing)
        {
            return new ChatBatches(chats, context, pad, settings.Train);
        }

        var packed = new PackedChatBatches(chats, context, pad, settings.Train);
        console.Noted(FormattableString.Invariant($"{chats.Count:N0} chats packed into {packed.Rows:N0} rows of {context:N0} tokens, {100 * packed.Fill:f1} % full: {packed.StepsPerEpoch:N0} steps see each once"));
        return packed;
    }

    private static string Identity(FinetuneSettings settings) => RunIdentity.Of(
        settings.Train,
        [
            settings.Optimizer.ToString(),
            $"{settings.Replay} {settings.ReplayBatchSize} {settings.ReplayFrom}",
            $"{settings.DataFormat} packing {settings.Packing} held out {ChatLoader.Share(settings.HeldOut)}",
            settings.Lora?.ToString() ?? "all weights",
            .. ChatFiles.Find(settings.Data).Select(RunIdentity.OfFile),
            .. HeldOutThatDecides(settings).Select(RunIdentity.OfFile),
            RunIdentity.OfFolder(settings.Model),
        ]);

    // Held-out chats that only measure may change between two starts.
    private static IReadOnlyList<string> HeldOutThatDecides(FinetuneSettings settings) =>
        settings.Train.EarlyStoppingPatience > 0 && settings.HeldOut.Length > 0 && ChatLoader.Share(settings.HeldOut) is null ? ChatFiles.Find([settings.HeldOut]) : [];

    private static WindowBatches Windows(TokenShardReader shard, int context, FinetuneSettings settings) => new(
        new WindowSampler(shard, new WindowSamplerOptions { ContextLength = context, Seed = settings.Train.Seed }),
        settings.Train with { BatchSize = settings.ReplayBatchSize });
}
