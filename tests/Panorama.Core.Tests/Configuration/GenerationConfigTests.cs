using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Core.Models;

namespace Panorama.Core.Tests.Configuration;

public sealed class GenerationConfigTests
{
    [Fact]
    public void ReturnsWhatWasWritten()
    {
        using var folder = new TemporaryFolder();
        var config = new GenerationConfig
        {
            SpecialTokens = new SpecialTokenIds { Bos = 1, Eos = [2, 7], Pad = 0 },
            DoSample = true,
            Temperature = 0.7f,
            TopK = 40,
            TopP = 0.95f,
            RepetitionPenalty = 1.1f,
            MaxNewTokens = 99,
        };
        config.Write(folder["g"]);
        Assert.Equal(config, GenerationConfig.Read(folder["g"]));
        new GenerationConfig().Write(folder["g"]);
        Assert.Equal(new GenerationConfig(), GenerationConfig.Read(folder["g"]));
    }

    [Fact]
    public void SuggestionsReplaceOptions()
    {
        var options = new GenerationOptions { TopK = 5, TopP = 0.5f, Seed = 3 };
        GenerationOptions drawn = new GenerationConfig { DoSample = true, TopP = 0.9f }.ApplyTo(options);
        Assert.Equal((1f, 5, 0.9f, 3ul), (drawn.Temperature, drawn.TopK, drawn.TopP, drawn.Seed));
        Assert.Equal(0, new GenerationConfig { Temperature = 0.7f }.ApplyTo(options).Temperature);
    }

    [Theory]
    [InlineData("""{"do_sample":true,"temperature":-1}""", "temperature is -1; allowed: 0 to 100.")]
    [InlineData("""{"top_p":0}""", "top_p is 0")]
    [InlineData("""{"top_k":1.5}""", "top_k is '1.5'; allowed: an integer")]
    [InlineData("""{"eos_token_id":"x"}""", "eos_token_id is")]
    [InlineData("[]", "is not a JSON object.")]
    public void NamesAWrongField(string json, string message)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("g", json);
        Assert.StartsWith($"{path}: {message}", Assert.Throws<InvalidFileException>(() => GenerationConfig.Read(path)).Message, StringComparison.Ordinal);
    }
}
