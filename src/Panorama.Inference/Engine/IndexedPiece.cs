using System.Runtime.InteropServices;
using Panorama.Core.Models;

namespace Panorama.Inference.Engine;

/// <summary>A piece of the text of one of a request's sequences.</summary>
/// <param name="Index">Which: 0 to <see cref="GenerationRequest.Count"/> − 1.</param>
/// <param name="Piece">Text, tokens and, on the last, why it ended.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct IndexedPiece(int Index, GeneratedPiece Piece);
