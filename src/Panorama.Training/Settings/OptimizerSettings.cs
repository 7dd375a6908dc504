using Panorama.Core.Errors;

namespace Panorama.Training.Settings;

/// <summary>The optimizer and its learning rate over time.</summary>
public sealed record OptimizerSettings
{
    /// <summary>The optimizer of the hidden matrices; everything else is AdamW's.</summary>
    public OptimizerKind Kind { get; init; } = OptimizerKind.Muon;

    /// <summary>Decay of Muon's momentum.</summary>
    public double MuonMomentum { get; init => field = Require.That(value is >= 0 and < 1, value, "muon_momentum", "a number in [0, 1)"); } = 0.95;

    /// <summary>Peak learning rate, per step.</summary>
    public double LearningRate { get; init => field = Require.That(value is > 0 and <= 10, value, "learning_rate", "a number in (0, 10]"); } = 3e-3;

    /// <summary>Decay of the first moment.</summary>
    public double Beta1 { get; init => field = Require.That(value is >= 0 and < 1, value, "beta1", "a number in [0, 1)"); } = 0.9;

    /// <summary>Decay of the second moment; 0.95 since GPT-3 (Brown et al. 2020, arXiv:2005.14165, appendix B).</summary>
    public double Beta2 { get; init => field = Require.That(value is >= 0 and < 1, value, "beta2", "a number in [0, 1)"); } = 0.95;

    /// <summary>Added to the root of the second moment.</summary>
    public double Epsilon { get; init => field = Require.That(value is > 0 and < 1, value, "epsilon", "a number in (0, 1)"); } = 1e-8;

    /// <summary>Decoupled weight decay of the matrices.</summary>
    public double WeightDecay { get; init => field = Require.That(value is >= 0 and <= 10, value, "weight_decay", "a number in [0, 10]"); } = 0.1;

    /// <summary>The gradient is scaled down to this global norm; 0 leaves it as it is.</summary>
    public double MaxGradientNorm { get; init => field = Require.That(value >= 0, value, "max_gradient_norm", "at least 0 (0 is off)"); } = 1.0;

    /// <summary>Shape of the learning rate over time.</summary>
    public ScheduleKind Schedule { get; init; } = ScheduleKind.WarmupStableDecay;

    /// <summary>Steps of linear warmup from 0.</summary>
    public int WarmupSteps { get; init => field = Require.That(value >= 0, value, "warmup_steps", "at least 0"); } = 50;

    /// <summary>Share of all steps that the final decay of warmup-stable-decay takes.</summary>
    public double DecayFraction { get; init => field = Require.That(value is >= 0 and <= 1, value, "decay_fraction", "a number in [0, 1]"); } = 0.4;

    /// <summary>Learning rate at the last step, as a share of the peak.</summary>
    public double FinalFraction { get; init => field = Require.That(value is >= 0 and <= 1, value, "final_fraction", "a number in [0, 1]"); }
}

/// <summary>How hidden matrices are updated.</summary>
public enum OptimizerKind
{
    /// <summary>AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101).</summary>
    AdamW,

    /// <summary>Momentum orthogonalized by Newton–Schulz iterations (Jordan et al. 2024).</summary>
    Muon,
}

/// <summary>Shape of the learning rate over time.</summary>
public enum ScheduleKind
{
    /// <summary>Linear warmup, constant, linear decay (Hägele et al. 2024, arXiv:2405.18392).</summary>
    WarmupStableDecay,

    /// <summary>Linear warmup, then half a cosine (Loshchilov and Hutter 2017, arXiv:1608.03983).</summary>
    Cosine,

    /// <summary>Linear warmup, then constant.</summary>
    Constant,
}
