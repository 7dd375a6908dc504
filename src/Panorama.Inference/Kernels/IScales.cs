namespace Panorama.Inference.Kernels;

/// <summary>
/// How the scales of a tile are stored. A tile's inputs come in runs: a header, then for each 32 inputs their scales and
/// their codes. All singles read here are times the tile's factor.
/// </summary>
/// <typeparam name="TLanes">The register.</typeparam>
internal unsafe interface IScales<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    /// <summary>Parts of 32 inputs in a run.</summary>
    static abstract int Parts { get; }

    /// <summary>Bytes of a run's header.</summary>
    static abstract int HeaderBytes { get; }

    /// <summary>Bytes of the scales of a part.</summary>
    static abstract int PartBytes { get; }

    /// <summary>Whether a weight is scale · code + minimum; else scale · (code − offset).</summary>
    static abstract bool HasMinimum { get; }

    /// <summary>Whether the two halves of a part have factors of their own: signed bytes, Count for the first, Count for the second.</summary>
    static abstract bool HasHalves { get; }

    /// <summary>Reads the scales of a part.</summary>
    /// <param name="header">Start of the run.</param>
    /// <param name="part">Start of the part.</param>
    /// <param name="scale">Scale of each output.</param>
    /// <param name="minimum">Minimum of each output, if there is one.</param>
    static abstract void Read(byte* header, byte* part, out TLanes scale, out TLanes minimum);
}
