using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Panorama.Modeling.Native;

/// <summary>Direct access to the elements of CPU tensors, for kernels and files; also above 2 GiB.</summary>
public static partial class TensorMemory
{
    /// <summary>Address of the first element of a contiguous CPU tensor. It stays valid while the tensor lives.</summary>
    /// <param name="tensor">The tensor; views start at their own first element.</param>
    /// <exception cref="ArgumentException">The tensor is not contiguous or not on the CPU.</exception>
    public static unsafe byte* Address(Tensor tensor)
    {
        if (tensor.device_type != TorchSharp.DeviceType.CPU || !tensor.is_contiguous())
        {
            throw new ArgumentException("direct access needs a contiguous tensor on the CPU", nameof(tensor));
        }

        return (byte*)THSTensor_data(tensor.Handle);
    }

    /// <summary>The elements of a contiguous CPU tensor of at most 2³¹−1 elements.</summary>
    /// <typeparam name="T">The element type; its size must be the tensor's.</typeparam>
    /// <param name="tensor">The tensor.</param>
    /// <exception cref="ArgumentException">The tensor is not contiguous, not on the CPU, too long, or of another element size.</exception>
    public static unsafe Span<T> Span<T>(Tensor tensor)
        where T : unmanaged
    {
        if (tensor.element_size() != sizeof(T) || tensor.numel() > int.MaxValue)
        {
            throw new ArgumentException($"a tensor of {tensor.numel()} elements of {tensor.element_size()} bytes is no span of {typeof(T).Name}", nameof(tensor));
        }

        return new Span<T>(Address(tensor), (int)tensor.numel());
    }

    [LibraryImport("LibTorchSharp")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint THSTensor_data(nint handle);
}
