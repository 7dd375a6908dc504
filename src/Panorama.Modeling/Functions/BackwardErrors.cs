using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace Panorama.Modeling.Functions;

/// <summary>Carries an error out of a backward pass: thrown inside one it would cross libtorch's code and end the process.</summary>
public static class BackwardErrors
{
    // Not of the thread: on a GPU libtorch runs backward passes on threads of its own.
    private static ExceptionDispatchInfo? _first;

    /// <summary>Whether a backward pass has met an error that is not thrown yet.</summary>
    internal static bool Pending => Volatile.Read(ref _first) is not null;

    /// <summary>Throws the first error that a backward pass met since the last call, if any.</summary>
    public static void ThrowIfAny() => Interlocked.Exchange(ref _first, null)?.Throw();

    /// <summary>Computes gradients; after an error, now or before, there are none.</summary>
    /// <param name="inputs">Number of inputs of the function.</param>
    /// <param name="gradients">Computes one gradient, or <see langword="null"/>, an input.</param>
    internal static List<Tensor> Guard(int inputs, Func<List<Tensor>> gradients)
    {
        try
        {
            return Pending ? None(inputs) : gradients();
        }
        catch (Exception error)
        {
            Interlocked.CompareExchange(ref _first, ExceptionDispatchInfo.Capture(error), null);
            return None(inputs);
        }
    }

    private static List<Tensor> None(int inputs) => [.. Enumerable.Repeat<Tensor>(null!, inputs)];
}
