using Panorama.Core.Errors;
using Panorama.Core.Models;

namespace Panorama.Core.Tests.Models;

public sealed class GenerationOptionsTests
{
    [Fact]
    public void Values_out_of_range_are_named_when_the_options_are_made()
    {
        AssertRefused("min_p is -0.1", () => new GenerationOptions { MinP = -0.1f });
        AssertRefused("min_p is NaN", () => new GenerationOptions { MinP = float.NaN });
        AssertRefused("typical_p is 0", () => new GenerationOptions { TypicalP = 0 });
        AssertRefused("frequency_penalty is 2.1", () => new GenerationOptions { FrequencyPenalty = 2.1f });
        AssertRefused("presence_penalty is NaN", () => new GenerationOptions { PresencePenalty = float.NaN });
        AssertRefused("logprobs is 21", () => new GenerationOptions { LogProbabilities = 21 });
        AssertRefused("logit_bias of token 7 is 101", () => new GenerationOptions { LogitBias = new Dictionary<int, float> { [7] = 101 } });
        AssertRefused("logit_bias is -1", () => new GenerationOptions { LogitBias = new Dictionary<int, float> { [-1] = 1 } });

        static void AssertRefused(string part, Func<GenerationOptions> make) =>
            Assert.Contains(part, Assert.Throws<InputException>(make).Message, StringComparison.Ordinal);
    }
}
