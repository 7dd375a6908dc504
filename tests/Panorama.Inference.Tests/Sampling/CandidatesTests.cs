using Panorama.Inference.Sampling;

namespace Panorama.Inference.Tests.Sampling;

public sealed class CandidatesTests
{
    [Fact]
    public void Taking_is_sorting_by_score_then_id() =>
        Gen.Select(Gen.Int[-3, 3].Select(i => (float)i).Array[1, 100], Gen.Int[1, 100]).Sample((scores, count) =>
        {
            count = Math.Min(count, scores.Length);
            var candidates = new Candidates(scores.Length);
            candidates.Load(scores);
            for (int i = 0; i < count; i++)
            {
                candidates.TakeBest();
            }

            candidates.KeepTaken();
            int[] expected = [.. Enumerable.Range(0, scores.Length).OrderByDescending(i => scores[i]).ThenBy(i => i).Take(count)];
            Assert.Equal(expected, Enumerable.Range(0, candidates.Count).Select(candidates.Id));
            Assert.Equal(expected.Select(i => scores[i]), candidates.Scores.ToArray());
        });

    [Fact]
    public void Weights_are_exponentials_of_the_distance_to_the_best() =>
        Gen.Float[-40, 40].Array[1, 70].Sample(scores =>
        {
            var candidates = new Candidates(scores.Length);
            candidates.Load(scores);
            ReadOnlySpan<float> weights = candidates.Weights(out double total);
            double sum = 0;
            for (int i = 0; i < scores.Length; i++)
            {
                double exact = Math.Exp((double)scores[i] - scores.Max());
                sum += exact;

                // The subtraction is in single precision: half a unit in the last place of 80 moves exp by 4e-6.
                Assert.Equal(exact, weights[i], 1e-5 * exact);
            }

            Assert.Equal(sum, total, 1e-5 * sum);
        });

    [Fact]
    public void Keeping_after_keeping_works_on_what_is_left()
    {
        var candidates = new Candidates(5);
        candidates.Load([1, 5, 3, 4, 2]);
        candidates.TakeBest();
        candidates.TakeBest();
        candidates.TakeBest();
        candidates.KeepTaken();
        candidates.TakeBest();
        candidates.TakeBest();
        candidates.KeepTaken();
        Assert.Equal([1, 3], Enumerable.Range(0, candidates.Count).Select(candidates.Id));
    }
}
