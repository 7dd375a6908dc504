using Panorama.Inference.Families;
using Panorama.Inference.Threading;
using Panorama.Quantization.Formats;

namespace Panorama.Inference.Kernels;

/// <summary>The one place that chooses kernels: by the processor's registers and the weight's format.</summary>
internal static class MatrixPacker
{
    /// <summary>Repacks a weight for this processor.</summary>
    /// <param name="weight">The weight as stored.</param>
    /// <param name="pool">Threads to do it.</param>
    public static PackedMatrix Pack(WeightView weight, WorkerPool pool) =>
        LanesVnni.IsSupported ? Pack<LanesVnni>(weight, pool)
        : Lanes512.IsSupported ? Pack<Lanes512>(weight, pool)
        : Lanes256.IsSupported ? Pack<Lanes256>(weight, pool)
        : Pack<Lanes128>(weight, pool);

    /// <summary>Repacks a weight for a certain register.</summary>
    /// <typeparam name="TLanes">The register.</typeparam>
    /// <param name="weight">The weight as stored.</param>
    /// <param name="pool">Threads to do it.</param>
    public static PackedMatrix Pack<TLanes>(WeightView weight, WorkerPool pool)
        where TLanes : struct, ILanes<TLanes> => weight.Format switch
        {
            TensorFormat.F32 => new FloatMatrix<TLanes, Singles<TLanes>>(weight, pool),
            TensorFormat.F16 => new FloatMatrix<TLanes, Halves<TLanes>>(weight, pool),
            TensorFormat.BF16 => new FloatMatrix<TLanes, BFloat16s<TLanes>>(weight, pool),
            TensorFormat.Q8_0 => new QuantizedMatrix<TLanes, ByteCodes<TLanes>, HalfScales<TLanes>, PackingQ80>(weight, pool),
            TensorFormat.Q4_0 => new QuantizedMatrix<TLanes, NibbleCodes<TLanes>, HalfScales<TLanes>, PackingQ40>(weight, pool),
            TensorFormat.Q4_1 => new QuantizedMatrix<TLanes, NibbleCodes<TLanes>, HalfScalesWithMinima<TLanes>, PackingQ41>(weight, pool),
            TensorFormat.Q5_0 => new QuantizedMatrix<TLanes, ByteCodes<TLanes>, HalfScales<TLanes>, PackingQ50>(weight, pool),
            TensorFormat.Q5_1 => new QuantizedMatrix<TLanes, ByteCodes<TLanes>, HalfScalesWithMinima<TLanes>, PackingQ51>(weight, pool),
            TensorFormat.Q4_K => new QuantizedMatrix<TLanes, NibbleCodes<TLanes>, ByteScalesWithMinima<TLanes>, PackingQ4K>(weight, pool),
            TensorFormat.Q5_K => new QuantizedMatrix<TLanes, ByteCodes<TLanes>, ByteScalesWithMinima<TLanes>, PackingQ5K>(weight, pool),
            TensorFormat.Q6_K => new QuantizedMatrix<TLanes, ByteCodes<TLanes>, SignedByteScales<TLanes>, PackingQ6K>(weight, pool),
            _ => throw new ArgumentOutOfRangeException(nameof(weight), weight.Format, "unknown format"),
        };
}
