using System.Runtime.InteropServices;

namespace Panorama.Inference.Engine;

/// <summary>A chooser's answer.</summary>
/// <param name="Token">The id.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ChosenToken(int Token)
{
    /// <summary>The sequence is complete with this token, as a constraint can tell.</summary>
    public bool Ends { get; init; }

    /// <summary>ln p of the token before penalties and temperature, in nats; null: not asked for.</summary>
    public float? LogProbability { get; init; }

    /// <summary>The most probable tokens at this place, best first; null: not asked for.</summary>
    public IReadOnlyList<TokenLogProbability>? Alternatives { get; init; }
}

/// <summary>How probable a token was.</summary>
/// <param name="Token">The id.</param>
/// <param name="LogProbability">In nats, before penalties and temperature.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct TokenLogProbability(int Token, float LogProbability);
