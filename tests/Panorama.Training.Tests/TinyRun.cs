using Panorama.Core.Configuration;
using Panorama.Modeling.Adapters;
using Panorama.Modeling.Families;
using Panorama.Modeling.Native;
using Panorama.Training.Batches;
using Panorama.Training.Settings;

namespace Panorama.Training.Tests;

/// <summary>A run of seconds on a made-up language, in a temporary folder.</summary>
internal sealed class TinyRun : ITrainingListener, IDisposable
{
    public const int Vocabulary = 32;

    private readonly bool _ownsFolder;
    private readonly LoraAdapter? _adapter;

    public TinyRun(string? folder = null, LoraConfig? lora = null)
    {
        _ownsFolder = folder is null;
        Folder = folder ?? Directory.CreateTempSubdirectory("panorama-training-").FullName;
        Model = new DecoderModel(ModelConfig.Llama(Vocabulary, 16, 2, 2, 1, 32, 16, initializerRange: 0.1));
        Model.Allocate(trainable: lora is null).Initialize(3);
        if (lora is not null)
        {
            _adapter = new LoraAdapter(Model, lora);
            _adapter.Allocate(trainable: true);
            _adapter.Initialize(3);
            Model.Adapter = _adapter;
        }
    }

    public string Folder { get; }

    public DecoderModel Model { get; }

    public List<double> Losses { get; } = [];

    public List<string> Warnings { get; } = [];

    public List<string> Notes { get; } = [];

    public Action<StepReport> OnStep { get; init; } = _ => { };

    public Func<CancellationToken, IReadOnlyDictionary<string, double>>? Measure { get; init; }

    public float[] Weights => TensorMemory.Span<float>(Model.Trained.Data).ToArray();

    public string Checkpoints => Path.Combine(Folder, "checkpoints");

    public TrainingOutcome Run(int steps, int stopAt = 0, int every = 0, int keep = 2, int patience = 0, IBatchSource? batches = null, string identity = "tiny", bool fusedKernels = true, CancellationToken cancellation = default)
    {
        var plan = new TrainingPlan
        {
            Model = Model,
            Batches = batches ?? new CountingBatches(2),
            Train = new TrainSettings { Steps = steps, StopAt = stopAt, MaxSkippedSteps = 3, FusedKernels = fusedKernels, EarlyStoppingPatience = patience, EvaluateEvery = patience > 0 ? 2 : 200 },
            Optimizer = new OptimizerSettings { WarmupSteps = 5 },
            Checkpoint = new CheckpointSettings { Every = every, Keep = keep },
            Folder = Folder,
            Identity = identity,
            Validate = Measure,
        };
        using var loop = new TrainingLoop(plan, this);
        return loop.Run(cancellation);
    }

    public void Started(long step, long totalSteps)
    {
    }

    public void Stepped(StepReport report)
    {
        Losses.Add(report.Result.Loss);
        OnStep(report);
    }

    public void Validated(long step, IReadOnlyDictionary<string, double> figures)
    {
    }

    public void Saving()
    {
    }

    public void Saved(long step, string folder)
    {
    }

    public void Noted(string message) => Notes.Add(message);

    public void Warned(string message) => Warnings.Add(message);

    public void Dispose()
    {
        _adapter?.Dispose();
        Model.Dispose();
        if (_ownsFolder)
        {
            Directory.Delete(Folder, recursive: true);
        }
    }

    /// <summary>Rows that count upwards from a start that depends on the step; each step has <paramref name="micro"/> micro-batches.</summary>
    internal sealed class CountingBatches(int micro) : IBatchSource
    {
        public IReadOnlyList<MicroBatch> Get(long step) =>
            [.. Enumerable.Range(0, micro).Select(part => Make(step, rows: 4 / micro, firstRow: part * (4 / micro)))];

        private static MicroBatch Make(long step, int rows, int firstRow)
        {
            const int Length = 12;
            var tokens = new long[rows * Length];
            var targets = new long[rows * Length];
            for (int i = 0; i < tokens.Length; i++)
            {
                long start = (step * 7) + ((firstRow + (i / Length)) * 5);
                tokens[i] = (start + (i % Length)) % Vocabulary;
                targets[i] = (start + (i % Length) + 1) % Vocabulary;
            }

            return new MicroBatch(tokens, targets, rows, Length);
        }
    }
}
