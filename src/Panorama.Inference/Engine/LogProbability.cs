using System.Numerics;

namespace Panorama.Inference.Engine;

/// <summary>Logarithms of softmax probabilities.</summary>
internal static class LogProbability
{
    /// <summary>ln softmax(logits)[id] in nats, summed in double.</summary>
    /// <param name="logits">[vocabulary].</param>
    /// <param name="id">An index into them.</param>
    public static float Of(ReadOnlySpan<float> logits, int id) => (float)(logits[id] - LogSumExp(logits));

    /// <summary>ln Σ exp(logit): what is subtracted from a logit to give its log probability. NaN if a logit is.</summary>
    /// <param name="logits">[vocabulary], at least one.</param>
    public static double LogSumExp(ReadOnlySpan<float> logits)
    {
        float best = float.NegativeInfinity;
        foreach (float logit in logits)
            best = MathF.Max(best, logit);

        Vector<double> sums = Vector<double>.Zero;
        var shift = new Vector<float>(best);
        int i = 0;
        for (; i <= logits.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(Vector.Exp(new Vector<float>(logits[i..]) - shift), out Vector<double> low, out Vector<double> high);
            sums += low + high;
        }

        double sum = Vector.Sum(sums);
        for (; i < logits.Length; i++)
            sum += MathF.Exp(logits[i] - best);
        return best + Math.Log(sum);
    }
}
