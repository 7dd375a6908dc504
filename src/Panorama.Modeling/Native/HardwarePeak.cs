using System.Diagnostics;
using Panorama.Core.Configuration;
using static TorchSharp.torch;

namespace Panorama.Modeling.Native;

/// <summary>What the machine can do at best, measured, for the utilization that training reports.</summary>
public static class HardwarePeak
{
    private static readonly Lazy<double> Measured = new(Measure);

    /// <summary>Floating-point operations per second of a large float32 matrix product with the current threads, measured once.</summary>
    public static double FlopsPerSecond()
    {
        TorchRuntime.EnsureLoaded();
        return Measured.Value;
    }

    /// <summary>
    /// Operations of a training step per token: 6·N + 12·L·H·E·T (Chowdhery et al. 2022, arXiv:2204.02311, appendix B),
    /// with N the weights that take part in products: a tied embedding counts once.
    /// </summary>
    /// <param name="config">The model.</param>
    /// <param name="parameters">Its number of parameters.</param>
    public static double FlopsPerToken(ModelConfig config, long parameters)
    {
        long lookups = config.TieEmbeddings ? 0 : (long)config.VocabularySize * config.HiddenSize;
        double attention = 12.0 * config.Layers * config.Attention.Heads * config.Attention.HeadSize * config.ContextLength;
        return (6.0 * (parameters - lookups)) + attention;
    }

    private static double Measure()
    {
        const int Size = 768;
        using IDisposable quiet = no_grad();
        using var scope = NewDisposeScope();
        Tensor a = ones(Size, Size), b = ones(Size, Size), c = empty(Size, Size);
        double best = double.MaxValue;
        for (int i = 0; i < 5; i++)
        {
            long began = Stopwatch.GetTimestamp();
            c.addmm_(a, b, 0, 1);
            best = Math.Min(best, Stopwatch.GetElapsedTime(began).TotalSeconds);
        }

        return 2.0 * Size * Size * Size / best;
    }

}
