using System.Runtime.InteropServices;
using Panorama.Core.Models;

namespace Panorama.Inference.Engine;

/// <summary>A chooser's answer.</summary>
/// <param name="Token">The id.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ChosenToken(int Token)
{
    /// <summary>The sequence is complete with this token, as a constraint can tell.</summary>
    public bool Ends { get; init; }

    /// <summary>How probable the token and the best ones were; null: not asked for.</summary>
    public TokenLogProbabilities? LogProbabilities { get; init; }
}
