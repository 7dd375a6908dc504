using System.Globalization;
using Panorama.Core.Errors;

namespace Panorama.Training.Settings;

/// <summary>How long, in which pieces, and where a run trains.</summary>
public sealed record TrainSettings
{
    /// <summary>Steps of the whole run; the schedule is stretched over them.</summary>
    public int Steps { get; init => field = Require.That(value >= 1, value, "steps", "at least 1"); } = 1000;

    /// <summary>Saves and ends, with success, after this step; 0: at the end. No part of the run's identity.</summary>
    public int StopAt { get; init => field = Require.That(value >= 0, value, "stop_at", "at least 0 (0: run to the end)"); }

    /// <summary>Sequences in one forward pass.</summary>
    public int BatchSize { get; init => field = Require.That(value is >= 1 and <= 1024, value, "batch_size", "1 to 1024; more by accumulation_steps"); } = 8;

    /// <summary>Forward and backward passes whose gradients one step adds up.</summary>
    public int AccumulationSteps { get; init => field = Require.That(value is >= 1 and <= 65_536, value, "accumulation_steps", "1 to 65,536"); } = 1;

    /// <summary>Seed of the weights and of the order of the data.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Device: cpu, cuda or cuda:N.</summary>
    public string Device { get; init => field = Require.That(value is "cpu" or "cuda" || (value.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(value.AsSpan(5), out int index) && index >= 0), value, "device", "cpu, cuda, cuda:N"); } = "cpu";

    /// <summary>Threads; 0: PANORAMA_THREADS, otherwise all logical cores.</summary>
    public int Threads { get; init => field = Require.That(value is >= 0 and <= 4096, value, "threads", "0 to 4096"); }

    /// <summary>Element type of the activations: float32, or bfloat16 over float32 weights, moments and sums, for hardware that multiplies it faster.</summary>
    public string Precision { get; init => field = Require.That(value is "float32" or "bfloat16", value, "precision", "float32, bfloat16"); } = "float32";

    /// <summary>Computes each block's activations again in the backward pass instead of keeping them: less memory, about a third more time.</summary>
    public bool RecomputeActivations { get; init; }

    /// <summary>Own one-pass kernels for float32 on the CPU; off: libtorch's operators, for comparison.</summary>
    public bool FusedKernels { get; init; } = true;

    /// <summary>Steps between two validations; 0: only at the end.</summary>
    public int EvaluateEvery { get; init => field = Require.That(value >= 0, value, "evaluate_every", "at least 0 (0: only at the end)"); } = 200;

    /// <summary>Measurements in a row without improvement after which the run stops and hands over its best weights; 0: off.</summary>
    public int EarlyStoppingPatience { get; init => field = Require.That(value >= 0, value, "early_stopping_patience", "at least 0 (0: off)"); }

    /// <summary>By how much the held-out loss must fall, in nats per token, to count as an improvement.</summary>
    public double EarlyStoppingThreshold { get; init => field = Require.That(value >= 0, value, "early_stopping_threshold", "at least 0"); }

    /// <summary>Steps in a row that may be skipped for a non-finite or exploding loss before the run stops.</summary>
    public int MaxSkippedSteps { get; init => field = Require.That(value >= 0, value, "max_skipped_steps", "at least 0"); } = 10;

    /// <summary>Refuses to wait for improvement where nothing is measured before the end.</summary>
    /// <exception cref="InputException">Patience without measurements.</exception>
    public void RequireMeasurements() => Require.That(EarlyStoppingPatience == 0 || EvaluateEvery > 0, EarlyStoppingPatience, "train.early_stopping_patience", "0 when train.evaluate_every is 0; nothing is measured before the end");

    /// <summary>Refuses passes of so many tokens that their positions could not be counted in 32 bits, long before memory says so.</summary>
    /// <param name="length">Tokens of a sequence, at most.</param>
    /// <exception cref="InputException">The product is too large.</exception>
    public void RequirePassOf(int length)
    {
        const long Most = 1 << 26;
        if ((long)BatchSize * length > Most)
        {
            throw new InputException(string.Create(CultureInfo.InvariantCulture, $"batch_size × context_length is {BatchSize:N0} × {length:N0}; allowed: at most {Most:N0} tokens a pass. More sequences a step come by accumulation_steps."));
        }
    }
}

/// <summary>When checkpoints are written and how many are kept.</summary>
public sealed record CheckpointSettings
{
    /// <summary>Steps between two checkpoints; 0: only at the end or when stopped.</summary>
    public int Every { get; init => field = Require.That(value >= 0, value, "every", "at least 0 (0: only at the end)"); } = 200;

    /// <summary>Checkpoints kept; the older ones are removed once a newer one is safe.</summary>
    public int Keep { get; init => field = Require.That(value >= 1, value, "keep", "at least 1"); } = 2;
}
