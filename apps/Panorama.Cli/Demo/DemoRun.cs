using System.Text.Json.Nodes;
using Panorama.Cli.Hosting;
using Panorama.Cli.Models;
using Panorama.Core.Errors;
using Panorama.Core.IO;
using Panorama.Data.Corpus;
using Panorama.Data.Documents;
using Panorama.Data.Questions;
using Panorama.Data.Rejects;
using Panorama.Data.Sources;
using Panorama.Modeling.Native;
using Panorama.Tokenization;
using Panorama.Training;
using Panorama.Training.Benchmarks;
using Panorama.Training.Settings;

namespace Panorama.Cli.Demo;

/// <summary>
/// The main job from text to a chat, in stages. A stage that an earlier start finished is passed over; its results are
/// in run.json and its files in the run's folder.
/// </summary>
internal sealed class DemoRun(DemoSettings settings, DemoPlan plan, RunFolder folder, VerbContext context)
{
    private const int PretrainBatch = 8;
    private readonly CorpusPreparation _preparation = new(context.Console, context.Cancellation);
    private readonly CorpusFolder _corpusFolder = new(folder.File("corpus"));
    private BuiltCorpus? _corpus;
    private Tokenizer? _tokenizer;

    private string TrainingChats => folder.File("corpus/chats-train.jsonl");

    private string HeldOutChats => folder.File("corpus/chats-heldout.jsonl");

    private string PretrainFolder => folder.File("pretrain");

    private string FinetuneFolder => folder.File("finetune");

    private BuiltCorpus Corpus => _corpus ??= _corpusFolder.Read();

    private Tokenizer Tokenizer => _tokenizer ??= Tokenizer.Load(_corpusFolder.TokenizerFile);

    /// <summary>Runs all stages that are not done yet.</summary>
    /// <returns>What <c>--json</c> prints.</returns>
    public JsonObject Run()
    {
        folder.SetSeeds(new Dictionary<string, ulong>(StringComparer.Ordinal) { ["demo"] = settings.Seed });
        RecordInput();
        Pretrainer.RequireFits(PretrainSettings(steps: 1), plan.VocabularySize); // said before the work
        if (!IsDone("clean"))
        {
            BuildCorpus();
        }

        context.Console.Table(FunnelTable.Of(Corpus.Funnel));
        Stage("tokenizer", "Training the tokenizer", () => _tokenizer = _preparation.TrainTokenizer(Corpus.Training, plan.VocabularySize, _corpusFolder), t => new JsonObject { ["tokens"] = t.VocabularySize });
        Stage("tokenize", "Writing token shards and chats", WriteTokens, tokens => new JsonObject { ["train_tokens"] = tokens });
        Stage("plan", "Measuring this machine's speed", Measure, speeds => speeds);
        Stage("pretrain", "Pre-training", Pretrain, TrainingJson.Of, o => o.Finished);
        Stage("finetune", "Fine-tuning on questions and answers", Finetune, TrainingJson.Of, o => o.Finished);
        if (!IsDone("evaluate"))
        {
            CopyModel();
        }

        Stage("evaluate", "Evaluating on what was held out", () => new DemoEvaluation(plan, context).Run(folder.Model, Corpus, HeldOutChats, TrainingChats), e => e);
        Stage("report", "Writing the report", () => DemoReport.Write(folder, Corpus.Funnel, PretrainFolder, FinetuneFolder), path => new JsonObject { ["report"] = path });
        return Result();
    }

    // Everything follows from the input: a corpus of other files than those of today is no step towards today's model.
    private void RecordInput()
    {
        bool used = IsDone("clean");
        try
        {
            InputFingerprint now = settings.Input is { } input ? new FolderSource(input).Fingerprint(context.Cancellation) : new DotnetDocumentationSource().Fingerprint(context.Cancellation);
            folder.AddInput(settings.Input ?? CorpusSettings.DotnetDocumentation, now, used);
        }
        catch (InputException gone) when (used && settings.Input is { } input && !Path.Exists(input))
        {
            context.Console.Warn($"{gone.Message} The run goes on with what it has read.");
        }
    }

    private IDocumentSource Source() => CorpusPreparation.Source(settings.Input ?? CorpusSettings.DotnetDocumentation);

    // Documents live in memory between the two stages: a start that finds no cleaned corpus reads again.
    private void BuildCorpus()
    {
        _corpusFolder.Create();
        using var rejects = new RejectLedger(_corpusFolder.RejectsFile);
        var builder = new CorpusBuilder(CorpusPreparation.Options(plan.MaxDocuments, plan.FullDocumentation, settings.Seed), rejects);
        context.Console.Heading("Reading documents");
        IReadOnlyList<Document> read = folder.Stage("read", () => _preparation.ReadAsync(builder, Source()).GetAwaiter().GetResult(), d => new JsonObject { ["documents"] = d.Count });
        Stage("clean", "Cleaning, deduplicating, splitting", () => _corpus = Clean(builder, read), c => DemoJson.Funnel(c.Funnel));
    }

    private BuiltCorpus Clean(CorpusBuilder builder, IReadOnlyList<Document> read)
    {
        BuiltCorpus corpus = builder.Build(read, context.Cancellation);
        _corpusFolder.Write(corpus);
        return corpus;
    }

    private long WriteTokens()
    {
        ChatFile.Write(TrainingChats, Chats(Corpus.Training, training: true));
        ChatFile.Write(HeldOutChats, Chats(Corpus.HeldOut, training: false));
        return _preparation.WriteShard(Corpus.Training, Tokenizer, _corpusFolder);
    }

    private IEnumerable<ChatRecord> Chats(IReadOnlyList<Document> documents, bool training)
    {
        List<Document> api = [.. documents.Where(DocumentationText.Is)];
        IEnumerable<ChatRecord> questions = training ? DocumentationChats.ForTraining(api, settings.Seed) : DocumentationChats.ForEvaluation(api);
        return questions.Concat(PassageChats.Of(documents.Where(d => !DocumentationText.Is(d))));
    }

    private JsonObject Measure()
    {
        PretrainSettings pretrain = PretrainSettings(steps: 1);
        double pretrainSpeed = SpeedProbe.StepsPerSecond(pretrain.Model.ToConfig(Tokenizer.VocabularySize), pretrain.Train, pretrain.Optimizer, plan.Model.ContextLength);
        return new JsonObject
        {
            ["pretrain_steps"] = Math.Max(20, (int)(plan.PretrainSeconds * pretrainSpeed)),
            ["pretrain_tokens_per_second"] = pretrainSpeed * pretrain.Train.BatchSize * plan.Model.ContextLength,
            ["threads"] = TorchRuntime.Threads,
        };
    }

    private TrainingOutcome Pretrain()
    {
        var inputs = new PretrainInputs(_corpusFolder.TrainingShard, Tokenizer, RunIdentity.OfFile(_corpusFolder.TokenizerFile), CorpusPreparation.HeldOut(Corpus.HeldOut, Tokenizer));
        using var listener = new ConsoleTrainingListener(context.Console, "Pre-training");
        return Pretrainer.Run(PretrainSettings(Planned("pretrain_steps")), inputs, PretrainFolder, listener, context.Cancellation);
    }

    private TrainingOutcome Finetune()
    {
        using var listener = new ConsoleTrainingListener(context.Console, "Fine-tuning");
        return Finetuner.Run(FinetuneSettings(), FinetuneFolder, listener, context.Cancellation);
    }

    private PretrainSettings PretrainSettings(int steps) => new()
    {
        Model = plan.Model,
        Train = new TrainSettings { Steps = steps, BatchSize = PretrainBatch, Seed = settings.Seed, EvaluateEvery = (steps + 1) / 2 },
        Optimizer = new OptimizerSettings { LearningRate = 6e-3, WarmupSteps = Math.Max(5, steps / 20), DecayFraction = 0.5, FinalFraction = 0.4 },
        Checkpoint = new CheckpointSettings { Every = Math.Max(1, steps / 6), Keep = 2 },
    };

    // A chat has about a third of the tokens of a pre-training window.
    private FinetuneSettings FinetuneSettings()
    {
        const int Batch = 16;
        double speed = folder.Record.FindStage("plan")!.Results!.Value.GetProperty("pretrain_tokens_per_second").GetDouble();
        int steps = Math.Max(20, (int)(plan.FinetuneSeconds * speed / ((Batch * DemoPlan.TokensPerChat) + (PretrainBatch * plan.Model.ContextLength)) * 2));
        return new FinetuneSettings
        {
            Model = Path.Combine(PretrainFolder, "model"),
            Data = [TrainingChats],
            Packing = false,
            HeldOut = HeldOutChats,
            Replay = _corpusFolder.TrainingShard,
            ReplayBatchSize = PretrainBatch,
            ReplayFrom = Planned("pretrain_steps"),
            Train = new TrainSettings { Steps = steps, BatchSize = Batch, Seed = settings.Seed, EvaluateEvery = (steps + 1) / 2 },
            Optimizer = new OptimizerSettings { LearningRate = 2.4e-3, WarmupSteps = Math.Max(2, steps / 50), DecayFraction = 1 },
            Checkpoint = new CheckpointSettings { Every = Math.Max(1, steps / 3), Keep = 2 },
        };
    }

    private int Planned(string name) => folder.Record.FindStage("plan")!.Results!.Value.GetProperty(name).GetInt32();

    private void CopyModel() => AtomicFolder.Write(
        folder.Model,
        temporary =>
        {
            foreach (string file in Directory.EnumerateFiles(Path.Combine(FinetuneFolder, "model")))
            {
                File.Copy(file, Path.Combine(temporary, Path.GetFileName(file)));
            }
        },
        replace: true);

    private bool IsDone(string name) => folder.Record.FindStage(name) is { Finished: true };

    private void Stage<T>(string name, string title, Func<T> work, Func<T, JsonObject> results, Func<T, bool>? finished = null)
    {
        if (IsDone(name))
        {
            return;
        }

        context.Cancellation.ThrowIfCancellationRequested();
        context.Console.Heading(title);
        folder.Stage(name, work, results, finished);
    }

    private JsonObject Result()
    {
        JsonObject evaluation = DemoJson.Of(folder.Record, "evaluate");
        JsonObject pretrain = DemoJson.Of(folder.Record, "pretrain");
        return new JsonObject
        {
            ["val_bpb"] = evaluation[HeldOutText.BitsPerByte]?.DeepClone(),
            ["baseline_bpb"] = evaluation["baseline_bpb"]?.DeepClone(),
            ["answer_score"] = evaluation["answer_score"]?.DeepClone(),
            ["answer_baseline"] = evaluation["answer_baseline"]?.DeepClone(),
            ["train_tokens"] = pretrain["train_tokens"]?.DeepClone(),
            ["tokens_per_second"] = pretrain["tokens_per_second"]?.DeepClone(),
            ["stages"] = new JsonObject(folder.Record.Stages.Select(s => KeyValuePair.Create(s.Name, (JsonNode?)s.WallSeconds))),
            ["model"] = folder.Model,
            ["report"] = folder.File("report.html"),
        };
    }
}
