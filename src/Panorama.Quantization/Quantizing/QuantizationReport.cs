using Panorama.Quantization.Formats;

namespace Panorama.Quantization.Quantizing;

/// <summary>What became of a tensor.</summary>
public sealed record QuantizedTensor
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its dimensions, outermost first.</summary>
    public required IReadOnlyList<long> Shape { get; init; }

    /// <summary>The format it had.</summary>
    public required TensorFormat From { get; init; }

    /// <summary>The format it has.</summary>
    public required TensorFormat To { get; init; }

    /// <summary>Bytes it takes.</summary>
    public required long Bytes { get; init; }

    /// <summary>Σ(x − y)² over its values before and after.</summary>
    public required double SquaredError { get; init; }

    /// <summary>Σx² over its values before.</summary>
    public required double SquaredNorm { get; init; }

    /// <summary>The root of Σ(x − y)² / Σx²; 0 when nothing changed.</summary>
    public double RelativeError => QuantizationReport.Relative(SquaredError, SquaredNorm);
}

/// <summary>What a file lost and saved.</summary>
public sealed record QuantizationReport
{
    /// <summary>Bytes of the file read.</summary>
    public required long BytesBefore { get; init; }

    /// <summary>Bytes of the file written.</summary>
    public required long Bytes { get; init; }

    /// <summary>All tensors, in the file's order.</summary>
    public required IReadOnlyList<QuantizedTensor> Tensors { get; init; }

    /// <summary>The relative error over the tensors of a format.</summary>
    /// <param name="format">The format written.</param>
    public double RelativeError(TensorFormat format)
    {
        (double error, double norm) = (0, 0);
        foreach (QuantizedTensor tensor in Tensors)
        {
            if (tensor.To == format)
            {
                error += tensor.SquaredError;
                norm += tensor.SquaredNorm;
            }
        }

        return Relative(error, norm);
    }

    internal static double Relative(double squaredError, double squaredNorm) => squaredError == 0 ? 0 : Math.Sqrt(squaredError / squaredNorm);
}
