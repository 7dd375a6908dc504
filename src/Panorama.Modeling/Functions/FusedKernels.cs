using Panorama.Modeling.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Panorama.Modeling.Functions;

/// <summary>
/// Whether parts of a model run as one pass over the memory each, with gradients of their own, or as compositions of
/// libtorch's operators. Both compute the same; the kernels serve float32 on the CPU, the compositions everything else.
/// </summary>
public static class FusedKernels
{
    /// <summary>Process-wide: off for comparisons.</summary>
    public static bool Enabled { get; set; } = true;

    /// <summary>Whether a tensor is one for the kernels.</summary>
    /// <param name="x">The tensor.</param>
    public static bool Serve(Tensor x) => Enabled && x.device_type == DeviceType.CPU && x.dtype == ScalarType.Float32;

    /// <summary>Sums over many elements are taken in float32 at least.</summary>
    /// <param name="x">Activations.</param>
    internal static Tensor Widened(Tensor x) => x.dtype is ScalarType.BFloat16 or ScalarType.Float16 ? x.to(ScalarType.Float32) : x;

    /// <summary>Rows in a piece of work: about 64 kB, whatever the number of threads, so that sums do not depend on it.</summary>
    /// <param name="width">Elements of a row.</param>
    internal static int RowsInPiece(long width) => (int)Math.Max(1, 16_384 / width);

    /// <summary>Runs a body for every piece of a number of rows: its first row, the row after its last, its index.</summary>
    /// <param name="rows">Number of rows.</param>
    /// <param name="width">Elements of a row.</param>
    /// <param name="body">The work.</param>
    internal static void ForRows(int rows, long width, Action<int, int, int> body)
    {
        int size = RowsInPiece(width);
        TorchThreads.For((rows + size - 1) / size, piece => body(piece * size, Math.Min(rows, (piece + 1) * size), piece));
    }

    /// <summary>Address of the elements, made contiguous first if they are not; valid while the returned tensor lives.</summary>
    /// <param name="tensor">Any float32 tensor on the CPU; replaced by its contiguous copy where needed.</param>
    internal static unsafe float* Address(ref Tensor tensor)
    {
        if (!tensor.is_contiguous())
        {
            tensor = tensor.contiguous();
        }

        return (float*)TensorMemory.Address(tensor);
    }
}
