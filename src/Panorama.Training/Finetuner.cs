using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Data.Questions;
using Panorama.Data.Rejects;
using Panorama.Data.Sampling;
using Panorama.Data.Shards;
using Panorama.Modeling.Checkpoints;
using Panorama.Modeling.Families;
using Panorama.Modeling.Native;
using Panorama.Tokenization;
using Panorama.Tokenization.ChatTemplates;
using Panorama.Training.Batches;
using Panorama.Training.Settings;
using static TorchSharp.torch;

namespace Panorama.Training;

/// <summary>Fine-tunes all weights of a model on chats, with the loss on the assistant's answers only.</summary>
public static class Finetuner
{
    private const int ValidationChats = 256;

    /// <summary>Runs, or resumes, a fine-tuning.</summary>
    /// <param name="settings">The run.</param>
    /// <param name="folder">Its folder: checkpoints, metrics and <c>model/</c> go there.</param>
    /// <param name="console">Follows the run.</param>
    /// <param name="cancellation">Saves and stops.</param>
    /// <exception cref="InputException">The model or the chats are missing or malformed, or the folder holds another run.</exception>
    public static TrainingOutcome Run(FinetuneSettings settings, string folder, ITrainingListener console, CancellationToken cancellation)
    {
        TorchRuntime.SetThreads(settings.Train.Threads);
        (DecoderModel loaded, SpecialTokenIds _) = ModelFolder.Load(settings.Model, TorchRuntime.SelectDevice(settings.Train.Device), trainable: true);
        using DecoderModel model = loaded;
        Tokenizer tokenizer = Tokenizer.Load(settings.Model);
        ChatTemplate template = ChatTemplate.Load(settings.Model);
        int pad = SpecialTokens.Of(tokenizer).Pad!.Value;
        int context = model.Config.ContextLength;
        Directory.CreateDirectory(folder);
        ChatTokens[] chats = Encode(settings.Data, tokenizer, template, context, folder, console);
        ChatTokens[] heldOut = settings.HeldOut.Length > 0 ? Encode(settings.HeldOut, tokenizer, template, context, folder, console) : [];

        var batches = new ChatBatches(chats, context, pad, settings.Train);
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
                Identity = RunIdentity.Of(settings.Train, settings.Optimizer.ToString(), $"{settings.Replay} {settings.ReplayBatchSize} {settings.ReplayFrom}", RunIdentity.OfFile(settings.Data), RunIdentity.OfFolder(settings.Model)),
                Validate = heldOut.Length == 0 ? null : token => Validate(model, heldOut, pad, token),
            },
            log);
        TrainingOutcome outcome = loop.Run(cancellation);
        TrainedModel.Save(Path.Combine(folder, "model"), model, tokenizer);
        return outcome;
    }

    private static WindowBatches Windows(TokenShardReader shard, int context, FinetuneSettings settings) => new(
        new WindowSampler(shard, new WindowSamplerOptions { ContextLength = context, Seed = settings.Train.Seed }),
        settings.Train with { BatchSize = settings.ReplayBatchSize });

    private static ChatTokens[] Encode(string path, Tokenizer tokenizer, ChatTemplate template, int context, string folder, ITrainingListener console)
    {
        List<ChatTokens> kept = [];
        int unusable = 0;
        using var rejects = new RejectLedger(Path.Combine(folder, Path.GetFileNameWithoutExtension(path) + ".rejects.jsonl"));
        foreach (ChatRecord chat in ChatFile.Read(path, rejects))
        {
            ChatTokens tokens = template.EncodeWithMask(tokenizer, chat.Messages);
            if (tokens.Ids.Length <= context + 1 && tokens.IsAnswer.Contains(true))
            {
                kept.Add(tokens);
            }
            else
            {
                unusable++;
            }
        }

        if (unusable > 0)
        {
            console.Warned($"{path}: {unusable} of {kept.Count + unusable} chats are left out: longer than {context + 1} tokens, or without an answer");
        }

        long broken = rejects.Counts().Sum(c => c.Documents);
        if (broken > 0)
        {
            console.Warned($"{path}: {broken} broken lines are left out; {folder} keeps them in a rejects file");
        }

        return [.. kept];
    }

    private static Dictionary<string, double> Validate(DecoderModel model, ChatTokens[] heldOut, int pad, CancellationToken cancellation)
    {
        const int Rows = 16;
        int count = Math.Min(heldOut.Length, ValidationChats);
        ChatTokens[] chosen = [.. Enumerable.Range(0, count).Select(i => heldOut[(long)i * heldOut.Length / count]).OrderBy(c => c.Ids.Length)];
        var source = new ChatBatches(chosen, model.Config.ContextLength, pad, new TrainSettings { BatchSize = Math.Min(Rows, count) });
        double loss = 0;
        long targets = 0;
        using IDisposable quiet = no_grad();
        for (long step = 1; step <= source.StepsPerEpoch; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (MicroBatch batch in source.Get(step))
            {
                using var scope = NewDisposeScope();
                loss += TrainStep.Loss(model, batch).item<float>();
                targets += batch.TargetCount;
            }
        }

        return new Dictionary<string, double>(StringComparer.Ordinal) { ["validation_metrics/loss"] = loss / targets };
    }
}
