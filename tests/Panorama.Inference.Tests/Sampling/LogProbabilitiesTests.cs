using Panorama.Core.Models;
using Panorama.Inference.Sampling;

namespace Panorama.Inference.Tests.Sampling;

public sealed class LogProbabilitiesTests
{
    [Fact]
    public void They_are_those_of_the_softmax()
    {
        // 0.1, 0.4, 0.3, 0.2
        float[] logits = [5, 5 + MathF.Log(4), 5 + MathF.Log(3), 5 + MathF.Log(2)];
        TokenLogProbabilities read = LogProbabilities.Read(logits, 3, 2, new SamplingWorkspace(4));
        Assert.Equal(3, read.Chosen.Token);
        Assert.Equal(Math.Log(0.2), read.Chosen.LogProbability, 1e-6);
        Assert.Equal([1, 2], read.Top.Select(t => t.Token));
        Assert.Equal(Math.Log(0.4), read.Top[0].LogProbability, 1e-6);
        Assert.Equal(Math.Log(0.3), read.Top[1].LogProbability, 1e-6);
    }

    [Fact]
    public void The_best_come_first_and_the_lower_id_on_a_tie() =>
        Gen.Select(Gen.Int[-20, 20].Array[1, 500], Gen.Int[0, 20]).Sample((scaled, count) =>
        {
            float[] logits = [.. scaled.Select(s => s / 3f)];
            TokenLogProbabilities read = LogProbabilities.Read(logits, 0, count, new SamplingWorkspace(logits.Length));
            Assert.Equal(Enumerable.Range(0, logits.Length).OrderByDescending(i => logits[i]).ThenBy(i => i).Take(count), read.Top.Select(t => t.Token));
            double normalizer = Math.Log(logits.Sum(l => Math.Exp(l)));
            Assert.All(read.Top, t => Assert.Equal(logits[t.Token] - normalizer, t.LogProbability, 1e-4));
        });
}
