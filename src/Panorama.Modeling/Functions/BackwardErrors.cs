using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace Panorama.Modeling.Functions;

/// <summary>Carries an error out of a backward pass: thrown inside one it would cross libtorch's code and end the process.</summary>
public static class BackwardErrors
{
    [ThreadStatic]
    private static ExceptionDispatchInfo? _first;

    /// <summary>Throws the first error that a backward pass of this thread met since the last call, if any.</summary>
    public static void ThrowIfAny()
    {
        ExceptionDispatchInfo? error = _first;
        _first = null;
        error?.Throw();
    }

    /// <summary>Computes gradients; after an error, now or before, there are none.</summary>
    /// <param name="inputs">Number of inputs of the function.</param>
    /// <param name="gradients">Computes one gradient, or <see langword="null"/>, an input.</param>
    internal static List<Tensor> Guard(int inputs, Func<List<Tensor>> gradients)
    {
        try
        {
            return _first is null ? gradients() : None(inputs);
        }
        catch (Exception error)
        {
            _first = ExceptionDispatchInfo.Capture(error);
            return None(inputs);
        }
    }

    private static List<Tensor> None(int inputs) => [.. Enumerable.Repeat<Tensor>(null!, inputs)];
}
