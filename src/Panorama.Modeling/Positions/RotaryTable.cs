using Panorama.Modeling.Functions;
using TorchSharp;
using static TorchSharp.torch;

namespace Panorama.Modeling.Positions;

/// <summary>
/// Rotary positions (Su et al. 2021, arXiv:2104.09864): the pair (x[i], x[i + E/2]) of a head turns by
/// position · θ^(−2i/E). Pairs are halves, as in Hugging Face checkpoints, not neighbours as in the paper.
/// </summary>
public sealed class RotaryTable : IDisposable
{
    private readonly Tensor _cos_TE;
    private readonly Tensor _sin_TE;

    /// <summary>Computes the table.</summary>
    /// <param name="length">Positions, T.</param>
    /// <param name="headSize">Width of a head, E; even.</param>
    /// <param name="theta">Base of the wavelengths.</param>
    /// <param name="device">Where it lives.</param>
    /// <param name="type">Element type of the queries and keys.</param>
    public RotaryTable(long length, long headSize, double theta, Device device, ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor frequency_H = pow(theta, arange(0, headSize, 2, ScalarType.Float64) * (-1.0 / headSize));
        Tensor angle_TH = outer(arange(length, ScalarType.Float64), frequency_H);
        _cos_TE = cat([angle_TH.cos(), angle_TH.cos()], 1).to(type).to(device).DetachFromDisposeScope();
        _sin_TE = cat([angle_TH.sin().neg(), angle_TH.sin()], 1).to(type).to(device).DetachFromDisposeScope();
    }

    /// <summary>Turns every head.</summary>
    /// <param name="x_BTNE">[batch, time, heads, E].</param>
    /// <param name="position">Position of the first time step.</param>
    /// <returns>The same shape.</returns>
    public Tensor Apply(Tensor x_BTNE, long position)
    {
        long time = x_BTNE.shape[1];
        Tensor cos_T1E = _cos_TE.narrow(0, position, time).unsqueeze(1);
        Tensor sin_T1E = _sin_TE.narrow(0, position, time).unsqueeze(1);
        Tensor swapped_BTNE = x_BTNE.roll(x_BTNE.shape[3] / 2, 3);
        return (x_BTNE * cos_T1E).addcmul(swapped_BTNE, sin_T1E, 1).to(x_BTNE.dtype);
    }

    /// <summary>Turns queries and keys from position 0 on and attends, in one pass.</summary>
    /// <param name="all_BTME">Queries, keys and values of all heads: [batch, time, N + 2·K, E], float32 on the CPU; E a multiple of 16.</param>
    /// <param name="heads">Query heads, N.</param>
    /// <param name="keyHeads">Key/value heads, K.</param>
    /// <param name="first_BT">First position that each position sees, for rows that hold several sequences; <see langword="null"/>: 0.</param>
    /// <returns>[batch, time, N·E].</returns>
    /// <exception cref="ArgumentException">The rows are longer than the table, or <paramref name="first_BT"/> is of another length.</exception>
    public Tensor Attend(Tensor all_BTME, int heads, int keyHeads, int[]? first_BT = null)
    {
        long positions = all_BTME.shape[0] * all_BTME.shape[1];
        if (all_BTME.shape[1] > _cos_TE.shape[0] || (first_BT is not null && first_BT.Length != positions))
        {
            throw new ArgumentException($"{all_BTME.shape[1]} positions a row with {first_BT?.Length ?? positions} starts do not fit a table of {_cos_TE.shape[0]}", nameof(all_BTME));
        }

        return FlashAttentionFunction.Apply(all_BTME, _cos_TE, _sin_TE, heads, keyHeads, first_BT);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _cos_TE.Dispose();
        _sin_TE.Dispose();
    }
}
