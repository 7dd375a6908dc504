using Panorama.Data.Hashing;

namespace Panorama.Data.Tests.Hashing;

public sealed class SplitMixTests
{
    [Fact]
    public void GivesThePublishedValues()
    {
        // The reference implementation's first values from the state 1234567; each step adds the golden gamma.
        ulong state = 1234567;
        ulong[] expected = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821];
        foreach (ulong value in expected)
        {
            Assert.Equal(value, SplitMix.Mix(state));
            state += 0x9E3779B97F4A7C15;
        }
    }
}
