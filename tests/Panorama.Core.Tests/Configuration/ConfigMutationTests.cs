using System.Text;
using System.Text.Json.Nodes;
using Panorama.Core.Configuration;
using Panorama.Core.Errors;

namespace Panorama.Core.Tests.Configuration;

/// <summary>Configurations with values of other files and kinds: read, or refused with the file's name; never anything else.</summary>
public sealed class ConfigMutationTests
{
    private static readonly string[] Values =
    [
        "null", "true", "\"x\"", "0", "1", "-1", "2147483647", "-2147483648", "1e300", "1.5", "[]", "{}", "[1,2]", "{\"rope_type\":\"yarn\",\"factor\":4}",
        "{\"rope_type\":\"llama3\",\"factor\":8,\"low_freq_factor\":1,\"high_freq_factor\":4,\"original_max_position_embeddings\":16}", "\"bert\"", "\"gpt2\"", "\"mistral\"",
    ];

    private static readonly string[] Files = [.. Enum.GetValues<ModelFamily>().Select(static family => Encoding.UTF8.GetString(HuggingFaceConfig.ToJson(new HuggingFaceModel { Config = Small(family) })))];

    [Fact]
    public void AChangedFileIsReadOrRefused() => Gen.Select(Gen.Int[0, Files.Length - 1], Gen.Select(Gen.Int[0, 100], Gen.Int[0, Values.Length - 1]).Array[1, 3]).Sample((file, changes) =>
    {
        JsonObject json = JsonNode.Parse(Files[file])!.AsObject();
        foreach ((int field, int value) in changes)
        {
            json[json.ElementAt(field % json.Count).Key] = JsonNode.Parse(Values[value]);
        }

        try
        {
            HuggingFaceModel model = HuggingFaceConfig.Parse(Encoding.UTF8.GetBytes(json.ToJsonString()), "config.json");
            Assert.Equal(model, HuggingFaceConfig.Parse(HuggingFaceConfig.ToJson(model), "config.json"));
        }
        catch (InvalidFileException e)
        {
            Assert.StartsWith("config.json: ", e.Message, StringComparison.Ordinal);
        }
    }, iter: 5000);

    private static ModelConfig Small(ModelFamily family)
    {
        bool classic = family is ModelFamily.Gpt2 or ModelFamily.Bert;
        return new ModelConfig(
            family,
            100,
            16,
            2,
            32,
            new AttentionConfig(2, classic ? 2 : 1, 8, null, classic || family == ModelFamily.Qwen2, classic, family == ModelFamily.Qwen3),
            new FeedForwardConfig(24, family switch { ModelFamily.Gpt2 => Activation.GeluTanh, ModelFamily.Bert => Activation.Gelu, _ => Activation.Silu }, !classic, classic),
            new NormConfig(classic ? NormKind.LayerNorm : NormKind.RmsNorm, 1e-5, family == ModelFamily.Bert ? NormPlacement.Post : NormPlacement.Pre),
            classic ? new LearnedPositions() : new RotaryPositions(),
            causal: family != ModelFamily.Bert,
            tieEmbeddings: classic,
            tokenTypes: family == ModelFamily.Bert ? 2 : 0);
    }
}
