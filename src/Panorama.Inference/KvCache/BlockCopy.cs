using System.Runtime.InteropServices;

namespace Panorama.Inference.KvCache;

/// <summary>A copy to make before the next step: <see cref="Engine.IModelRunner.CopyBlock"/>.</summary>
/// <param name="From">The shared block.</param>
/// <param name="To">The block that one sequence goes on in.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct BlockCopy(int From, int To);
