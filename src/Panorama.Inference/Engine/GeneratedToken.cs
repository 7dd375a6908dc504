using System.Runtime.InteropServices;
using Panorama.Core.Models;

namespace Panorama.Inference.Engine;

/// <summary>A token of a running generation.</summary>
/// <param name="Index">Which of the request's sequences: 0 to <see cref="GenerationRequest.Count"/> − 1.</param>
/// <param name="Chosen">The token; the one that ends a sequence comes too.</param>
/// <param name="Finish">Set on the last token of the sequence.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct GeneratedToken(int Index, ChosenToken Chosen, FinishReason? Finish)
{
    /// <summary>The token's id.</summary>
    public int Token => Chosen.Token;
}
