namespace Panorama.Inference.Kernels;

/// <summary>How the blocks of a stored format go into tiles.</summary>
internal unsafe interface IPacking
{
    /// <summary>Bytes of a stored block: the inputs of one run.</summary>
    static abstract int BlockBytes { get; }

    /// <summary>What is subtracted from a code.</summary>
    static abstract int Offset { get; }

    /// <summary>The largest magnitude of the half-precision numbers of a block.</summary>
    static abstract float LargestScale(byte* block);

    /// <summary>Writes a block into its lane of a run.</summary>
    /// <param name="block">The block as stored.</param>
    /// <param name="run">Start of the run.</param>
    /// <param name="lane">The output within the tile.</param>
    /// <param name="lanes">Outputs of a tile.</param>
    /// <param name="multiplier">A power of two for the half-precision numbers.</param>
    static abstract void Pack(byte* block, byte* run, int lane, int lanes, float multiplier);
}
