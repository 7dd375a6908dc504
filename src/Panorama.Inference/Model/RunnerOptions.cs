using Panorama.Core.Errors;
using Panorama.Core.Runs;

namespace Panorama.Inference.Model;

/// <summary>How a model is run.</summary>
public sealed record RunnerOptions
{
    /// <summary>Threads; 0: as many as the processor has cores for this process.</summary>
    public int Threads { get; init => field = Require.That(value is >= 0 and <= ThreadCount.Most, value, "threads", "0 to 4,096"); }

    /// <summary>Tokens that the key/value cache holds; 0: one context of the model, at most 4,096.</summary>
    public int CacheTokens { get; init => field = Require.That(value is >= 0 and <= 1 << 30, value, "cache tokens", "0 to 1,073,741,824"); }

    /// <summary>Most rows of a step.</summary>
    public int MaxRows { get; init => field = Require.That(value is >= 1 and <= 8192, value, "rows of a step", "1 to 8,192"); } = 256;
}
