using System.Runtime.InteropServices;

namespace Panorama.Tokenization.Models;

/// <summary>One rule of byte pair encoding: two neighbouring tokens become one. Its place in the list is its rank.</summary>
/// <param name="Left">Id of the left token.</param>
/// <param name="Right">Id of the right token.</param>
/// <param name="Result">Id of the token that is both.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Merge(int Left, int Right, int Result);
