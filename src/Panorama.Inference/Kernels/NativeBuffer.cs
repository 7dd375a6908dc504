using System.Runtime.InteropServices;
using Panorama.Core.Native;

namespace Panorama.Inference.Kernels;

/// <summary>Memory outside the managed heap, aligned to cache lines and zeroed.</summary>
internal sealed unsafe class NativeBuffer : SafeHandle
{
    private const int Alignment = 64;

    /// <summary>Takes memory.</summary>
    /// <param name="bytes">At least 0.</param>
    /// <param name="dense">Whether all of it will be used: then large pages serve it.</param>
    public NativeBuffer(long bytes, bool dense = false)
        : base(0, ownsHandle: true)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        Bytes = bytes;

        // calloc leaves fresh pages untouched: a large cache costs memory only where it is used.
        Start = (byte*)NativeMemory.AllocZeroed((nuint)bytes + Alignment);
        SetHandle((nint)Start);
        if (dense)
        {
            HugePages.Advise((nint)Start, bytes);
        }

        Pointer = (byte*)(((nint)Start + Alignment - 1) & ~(nint)(Alignment - 1));
    }

    /// <summary>The first byte, a multiple of 64.</summary>
    public byte* Pointer { get; }

    /// <summary>Number of bytes.</summary>
    public long Bytes { get; }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    private byte* Start { get; }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        NativeMemory.Free(Start);
        return true;
    }
}
