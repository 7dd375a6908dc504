using Panorama.Core;
using Panorama.Core.Errors;
using Panorama.Inference.Families;

namespace Panorama.Inference.Tests.Families;

public sealed class SafetensorsWeightsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Families => [.. TinyModel.All.Keys];

    [Theory]
    [InlineData(DType.F32)]
    [InlineData(DType.F16)]
    [InlineData(DType.BF16)]
    public void LlamaGivesEveryRowAsItIsStored(DType type)
    {
        using SafetensorsWeights weights = Open("llama", type);
        float[] query = TinyModel.Values("model.layers.1.self_attn.q_proj.weight", 16 * 16);
        for (int row = 0; row < 16; row++)
        {
            Assert.Equal(query[(row * 16)..((row + 1) * 16)], RowValues.Of(weights, WeightRole.Query, 1, row));
        }

        Assert.Equal(TinyModel.Values("model.norm.weight", 16), RowValues.Of(weights, WeightRole.OutputNorm, 0));
        Assert.Equal(TinyModel.Values("lm_head.weight", 48 * 16)[^16..], RowValues.Of(weights, WeightRole.Output, 0, 47));
        Assert.True(weights.TryGet(WeightRole.Down, 0, out WeightView? down));
        Assert.Equal((16, 24, "model.layers.0.mlp.down_proj.weight"), (down.Rows, down.Columns, down.Name));
        Assert.False(weights.TryGet(WeightRole.QueryBias, 0, out _));
        Assert.False(weights.TryGet(WeightRole.Query, 2, out _));
    }

    [Theory]
    [InlineData(DType.F32, "")]
    [InlineData(DType.BF16, "transformer.")]
    public void Gpt2ComesOutOfItsTransposedAndJoinedMatrices(DType type, string prefix)
    {
        TinyModel.All["gpt2"].Write(_folder.Path, type, prefix);
        using SafetensorsWeights weights = SafetensorsWeights.Open(_folder.Path, TinyModel.All["gpt2"].Config);
        float[] joined = TinyModel.Values("h.1.attn.c_attn.weight", 16 * 48);
        float[] bias = TinyModel.Values("h.1.attn.c_attn.bias", 48);
        WeightRole[] parts = [WeightRole.Query, WeightRole.Key, WeightRole.Value];
        for (int part = 0; part < 3; part++)
        {
            for (int row = 0; row < 16; row++)
            {
                Assert.Equal(RowValues.Column(joined, 48, (part * 16) + row), RowValues.Of(weights, parts[part], 1, row));
            }

            WeightRole biasRole = parts[part] + 1;
            Assert.Equal(bias[(part * 16)..((part + 1) * 16)], RowValues.Of(weights, biasRole, 1));
        }

        float[] down = TinyModel.Values("h.0.mlp.c_proj.weight", 24 * 16);
        Assert.Equal(RowValues.Column(down, 16, 5), RowValues.Of(weights, WeightRole.Down, 0, 5));
        Assert.Equal(TinyModel.Values("wpe.weight", 32 * 16)[16..32], RowValues.Of(weights, WeightRole.PositionEmbedding, 0, 1));
    }

    [Theory]
    [InlineData("")]
    [InlineData("bert.")]
    public void BertIsFoundWithAndWithoutItsPrefix(string prefix)
    {
        TinyModel.All["bert"].Write(_folder.Path, prefix: prefix, extra: [("pooler.dense.weight", [16, 16]), ("embeddings.position_ids", [1, 32])]);
        using SafetensorsWeights weights = SafetensorsWeights.Open(_folder.Path, TinyModel.All["bert"].Config);
        Assert.Equal(TinyModel.Values("encoder.layer.1.attention.output.LayerNorm.weight", 16), RowValues.Of(weights, WeightRole.AttentionNorm, 1));
        Assert.Equal(TinyModel.Values("encoder.layer.1.output.LayerNorm.bias", 16), RowValues.Of(weights, WeightRole.FeedForwardNormBias, 1));
        Assert.Equal(TinyModel.Values("embeddings.token_type_embeddings.weight", 32)[16..], RowValues.Of(weights, WeightRole.TokenTypeEmbedding, 0, 1));
        Assert.False(weights.TryGet(WeightRole.OutputNorm, 0, out _));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void EveryMissingTensorIsNamed(string family)
    {
        TinyModel model = TinyModel.All[family];
        foreach ((string Name, long[] Shape) missing in model.Tensors)
        {
            using var folder = new TemporaryFolder();
            model.Write(folder.Path, keep: t => t.Name != missing.Name);
            var error = Assert.Throws<InvalidFileException>(() => SafetensorsWeights.Open(folder.Path, model.Config));
            Assert.Contains(missing.Name, error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void EveryWrongShapeIsNamed(string family)
    {
        TinyModel model = TinyModel.All[family];
        foreach ((string name, long[] shape) in model.Tensors)
        {
            using var folder = new TemporaryFolder();
            (model with { Tensors = [.. model.Tensors.Select(t => t.Name == name ? (name, [shape[0] + 1, .. shape[1..]]) : t)] }).Write(folder.Path);
            var error = Assert.Throws<InvalidFileException>(() => SafetensorsWeights.Open(folder.Path, model.Config));
            Assert.Contains($"'{name}' has the shape [{shape[0] + 1}", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("llama", "model.layers.0.self_attn.q_proj.bias")]
    [InlineData("llama", "model.layers.2.mlp.up_proj.weight")]
    [InlineData("gpt2", "h.0.attn.unknown")]
    [InlineData("bert", "encoder.layer.0.attention.self.distance_embedding.weight")]
    public void ATensorThatWouldChangeTheModelIsRefused(string family, string name)
    {
        TinyModel.All[family].Write(_folder.Path, extra: (name, [16]));
        var error = Assert.Throws<InvalidFileException>(() => SafetensorsWeights.Open(_folder.Path, TinyModel.All[family].Config));
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("llama-tied", "lm_head.weight")]
    [InlineData("llama", "model.layers.0.self_attn.rotary_emb.inv_freq")]
    [InlineData("gpt2", "h.0.attn.bias")]
    [InlineData("gpt2", "h.1.attn.masked_bias")]
    public void ATensorThatChangesNothingIsNot(string family, string name)
    {
        TinyModel.All[family].Write(_folder.Path, extra: (name, [48, 16]));
        SafetensorsWeights.Open(_folder.Path, TinyModel.All[family].Config).Dispose();
    }

    [Fact]
    public void ATypeThatIsNotRunIsNamed()
    {
        TinyModel.All["llama"].Write(_folder.Path, DType.F64);
        var error = Assert.Throws<InvalidFileException>(() => SafetensorsWeights.Open(_folder.Path, TinyModel.All["llama"].Config));
        Assert.Contains("F32, F16, BF16", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private SafetensorsWeights Open(string family, DType type)
    {
        TinyModel.All[family].Write(_folder.Path, type);
        return SafetensorsWeights.Open(_folder.Path, TinyModel.All[family].Config);
    }
}
