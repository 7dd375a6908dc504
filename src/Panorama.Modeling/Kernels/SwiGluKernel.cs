using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Panorama.Core.Numerics;

namespace Panorama.Modeling.Kernels;

/// <summary>The gate of SwiGLU, h = g · σ(g) · u, and its gradients. What backward needs is computed anew, so only g and u are kept.</summary>
public static class SwiGluKernel
{
    /// <summary>Applies the gate.</summary>
    /// <param name="gate">g: [F].</param>
    /// <param name="up">u: [F].</param>
    /// <param name="hidden">Written, h: [F].</param>
    public static void Forward(ReadOnlySpan<float> gate, ReadOnlySpan<float> up, Span<float> hidden)
    {
        int width = Vector512<float>.Count;
        int body = gate.Length - (gate.Length % width);
        ref float gates = ref MemoryMarshal.GetReference(gate), ups = ref MemoryMarshal.GetReference(up), hiddens = ref MemoryMarshal.GetReference(hidden);
        for (int i = 0; i < body; i += width)
        {
            Vector512<float> g = Vector512.LoadUnsafe(ref gates, (nuint)i);
            (g * VectorMath.Sigmoid(g) * Vector512.LoadUnsafe(ref ups, (nuint)i)).StoreUnsafe(ref hiddens, (nuint)i);
        }

        ForwardScalar(gate[body..], up[body..], hidden[body..]);
    }

    /// <summary>Gradients: dg = dh · u · σ(g)·(1 + g·(1 − σ(g))), du = dh · g · σ(g).</summary>
    /// <param name="dhidden">Gradient of h: [F].</param>
    /// <param name="gate">g: [F].</param>
    /// <param name="up">u: [F].</param>
    /// <param name="dgate">Written: [F].</param>
    /// <param name="dup">Written: [F].</param>
    public static void Backward(ReadOnlySpan<float> dhidden, ReadOnlySpan<float> gate, ReadOnlySpan<float> up, Span<float> dgate, Span<float> dup)
    {
        int width = Vector512<float>.Count;
        int body = gate.Length - (gate.Length % width);
        ref float dhiddens = ref MemoryMarshal.GetReference(dhidden), gates = ref MemoryMarshal.GetReference(gate), ups = ref MemoryMarshal.GetReference(up);
        ref float dgates = ref MemoryMarshal.GetReference(dgate), dups = ref MemoryMarshal.GetReference(dup);
        for (int i = 0; i < body; i += width)
        {
            Vector512<float> dh = Vector512.LoadUnsafe(ref dhiddens, (nuint)i), g = Vector512.LoadUnsafe(ref gates, (nuint)i);
            Vector512<float> sigmoid = VectorMath.Sigmoid(g);
            Vector512<float> silu = g * sigmoid;
            Vector512<float> slope = Vector512.FusedMultiplyAdd(silu, Vector512<float>.One - sigmoid, sigmoid);
            (dh * Vector512.LoadUnsafe(ref ups, (nuint)i) * slope).StoreUnsafe(ref dgates, (nuint)i);
            (dh * silu).StoreUnsafe(ref dups, (nuint)i);
        }

        BackwardScalar(dhidden[body..], gate[body..], up[body..], dgate[body..], dup[body..]);
    }

    /// <summary>The scalar twin of <see cref="Forward"/>.</summary>
    /// <inheritdoc cref="Forward" path="/param"/>
    public static void ForwardScalar(ReadOnlySpan<float> gate, ReadOnlySpan<float> up, Span<float> hidden)
    {
        for (int i = 0; i < gate.Length; i++)
        {
            hidden[i] = gate[i] * VectorMath.Sigmoid(gate[i]) * up[i];
        }
    }

    /// <summary>The scalar twin of <see cref="Backward"/>.</summary>
    /// <inheritdoc cref="Backward" path="/param"/>
    public static void BackwardScalar(ReadOnlySpan<float> dhidden, ReadOnlySpan<float> gate, ReadOnlySpan<float> up, Span<float> dgate, Span<float> dup)
    {
        for (int i = 0; i < gate.Length; i++)
        {
            float g = gate[i], sigmoid = VectorMath.Sigmoid(g);
            dgate[i] = dhidden[i] * up[i] * sigmoid * (1 + (g * (1 - sigmoid)));
            dup[i] = dhidden[i] * g * sigmoid;
        }
    }
}
