using System.Globalization;
using Panorama.Core.IO;
using Panorama.Modeling.Adapters;
using Panorama.Modeling.Families;

namespace Panorama.Training;

/// <summary>What training an adapter takes, against training all weights of its model.</summary>
/// <param name="Trainable">Parameters of the adapter.</param>
/// <param name="Total">Parameters of the model and the adapter.</param>
/// <param name="OptimizerBytes">Gradients and both moments of the adapter.</param>
/// <param name="FullOptimizerBytes">Gradients and both moments that all weights of the model would need.</param>
/// <param name="BaseBytes">The frozen weights as they are held.</param>
/// <param name="FullBaseBytes">The frozen weights in float32.</param>
public sealed record AdapterReport(long Trainable, long Total, long OptimizerBytes, long FullOptimizerBytes, long BaseBytes, long FullBaseBytes)
{
    private const int Buffers = 3;

    /// <summary>Measures a model with an adapter in use.</summary>
    /// <param name="model">The model.</param>
    /// <param name="adapter">The adapter.</param>
    public static AdapterReport Of(DecoderModel model, LoraAdapter adapter) => new(
        adapter.ParameterCount,
        model.ParameterCount + adapter.ParameterCount,
        adapter.ParameterCount * Buffers * sizeof(float),
        model.ParameterCount * Buffers * sizeof(float),
        model.WeightBytes,
        model.ParameterCount * sizeof(float));

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"Trainable: {Trainable:N0} of {Total:N0} parameters ({100.0 * Trainable / Total:f2} %). Gradients and moments: {Shown.Bytes(OptimizerBytes)}, for all weights they would be {Shown.Bytes(FullOptimizerBytes)}. Frozen weights: {Shown.Bytes(BaseBytes)}, in float32 {Shown.Bytes(FullBaseBytes)}.");
}
