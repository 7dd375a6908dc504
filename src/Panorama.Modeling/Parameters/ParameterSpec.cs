using System.Runtime.InteropServices;

namespace Panorama.Modeling.Parameters;

/// <summary>How a parameter starts.</summary>
/// <param name="Mean">Mean, or the constant when <paramref name="Deviation"/> is 0.</param>
/// <param name="Deviation">Standard deviation of a normal distribution.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Initializer(double Mean, double Deviation)
{
    /// <summary>All ones: the gain of a norm.</summary>
    public static Initializer Ones => new(1, 0);

    /// <summary>All zeros.</summary>
    public static Initializer Zeros => new(0, 0);

    /// <summary>Normal with mean 0.</summary>
    /// <param name="deviation">Standard deviation.</param>
    public static Initializer Normal(double deviation) => new(0, deviation);
}

/// <summary>A tensor of the checkpoint, known by name and shape alone.</summary>
/// <param name="Name">Its name in the checkpoint.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Initializer">How it starts.</param>
public sealed record ParameterSpec(string Name, IReadOnlyList<long> Shape, Initializer Initializer)
{
    /// <summary>Number of elements.</summary>
    public long Count => Shape.Aggregate(1L, (a, b) => checked(a * b));
}
