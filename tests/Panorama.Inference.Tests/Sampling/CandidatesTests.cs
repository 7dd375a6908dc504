using Panorama.Inference.Sampling;

namespace Panorama.Inference.Tests.Sampling;

public sealed class CandidatesTests
{
    [Fact]
    public void The_fewest_best_are_moved_to_the_front() =>
        Gen.Select(Gen.Int[-30, 30].Select(i => (float)i).Array[1, 300], Gen.Int[1, 300], Gen.Int[0, 400]).Sample((keys, count, mass) =>
        {
            int[] order = [.. Enumerable.Range(0, keys.Length).OrderByDescending(i => keys[i]).ThenBy(i => i)];
            float[] masses = [.. keys.Select((k, i) => (float)(i % 4))];
            int expected = 1;
            for (double sum = masses[order[0]]; expected < Math.Min(count, keys.Length) && sum < mass; expected++)
            {
                sum += masses[order[expected]];
            }

            float[] movedKeys = [.. keys], movedMasses = [.. masses];
            int[] ids = [.. Enumerable.Range(0, keys.Length)];
            int kept = new BestFirst(movedKeys, ids, movedMasses).Keep(count, mass);
            Assert.Equal(expected, kept);
            Assert.Equal(order.Take(kept).Order(), ids.Take(kept).Order());
            Assert.Equal(ids.Select(i => keys[i]), movedKeys);
            Assert.Equal(ids.Select(i => masses[i]), movedMasses);
        });

    [Fact]
    public void The_sum_of_weights_is_that_of_exponentials_of_the_distance_to_the_best() =>
        Gen.Select(Gen.Float[-40, 40].Array[1, 1500], Gen.Float[0.1f, 3]).Sample((scores, temperature) =>
        {
            var candidates = new Candidates(scores.Length);
            candidates.Load(scores);
            candidates.Scale(scores.Max(), temperature);
            double exact = scores.Sum(s => Math.Exp(((double)s - scores.Max()) / temperature));

            // The subtraction is in single precision: half a unit in the last place of 80 moves exp by 4e-6.
            Assert.Equal(exact, candidates.Total(), 1e-4 * exact);
        });

    [Fact]
    public void A_maximum_is_found_and_what_is_no_number_too() =>
        Gen.Select(Gen.Float[-9, 9].Array[1, 100], Gen.Int[0, 99]).Sample((scores, at) =>
        {
            Assert.True(ScoreKernels.TryMaximum(scores, out float maximum));
            Assert.Equal(scores.Max(), maximum);
            Assert.Equal(Array.IndexOf(scores, maximum), ScoreKernels.IndexOf(scores, maximum));
            foreach (float wrong in new[] { float.NaN, float.PositiveInfinity })
            {
                float[] broken = [.. scores];
                broken[at % scores.Length] = wrong;
                Assert.False(ScoreKernels.TryMaximum(broken, out _));
            }
        });
}
