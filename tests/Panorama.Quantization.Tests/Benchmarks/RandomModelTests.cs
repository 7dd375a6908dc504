using Panorama.Quantization.Benchmarks;
using Panorama.Quantization.Formats;
using Panorama.Quantization.Gguf;

namespace Panorama.Quantization.Tests.Benchmarks;

public sealed class RandomModelTests : IDisposable
{
    private static readonly RandomModelShape Tiny = new() { Name = "tiny", Layers = 2, Hidden = 256, FeedForward = 512, Heads = 8, KeyValueHeads = 2, Vocabulary = 400, Context = 64 };

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("1.1B", 1_100_000_000)]
    [InlineData("134m", 134_000_000)]
    public void A_named_shape_has_its_parameters(string name, long parameters)
    {
        Assert.True(RandomModelShape.TryFind(name, out RandomModelShape? shape));
        long counted = RandomModel.Tensors(shape, TensorFormat.Q8_0).Sum(static t => t.ElementCount);
        Assert.InRange(counted, parameters * 0.99, parameters * 1.01);
    }

    [Theory]
    [InlineData(TensorFormat.F32)]
    [InlineData(TensorFormat.Q8_0)]
    [InlineData(TensorFormat.Q4_K)]
    public void A_file_has_normal_weights_and_a_whole_vocabulary(TensorFormat format)
    {
        RandomModel.Write(_folder["a.gguf"], Tiny, format, seed: 3);
        using var file = GgufFile.Open(_folder["a.gguf"]);
        Assert.Equal(Tiny.Vocabulary, file.Metadata.Strings("tokenizer.ggml.tokens").Distinct().Count());
        Assert.Equal(Tiny.Vocabulary, file.Metadata.FindNumbers<float>("tokenizer.ggml.scores")!.Length);
        Assert.Equal(Tiny.Vocabulary, file.Metadata.FindNumbers<int>("tokenizer.ggml.token_type")!.Length);
        GgufTensor down = file.Get("blk.1.ffn_down.weight");
        Assert.Equal((format, 256, 512), (down.Format, down.Rows, down.Columns));
        Assert.Equal([64, 256], file.Get("blk.0.attn_k.weight").Shape);
        float[] values = new float[down.ElementCount];
        BlockCodec.Dequantize(format, file.Bytes(down), values);
        Assert.Equal(1 / Math.Sqrt(512), Math.Sqrt(values.Average(static v => (double)v * v)), 0.001);
        float[] ones = new float[256];
        BlockCodec.Dequantize(TensorFormat.F32, file.Bytes(file.Get("output_norm.weight")), ones);
        Assert.All(ones, static one => Assert.Equal(1, one));
    }

    [Fact]
    public void A_seed_gives_one_file()
    {
        RandomModel.Write(_folder["a.gguf"], Tiny, TensorFormat.Q4_0, seed: 3);
        RandomModel.Write(_folder["b.gguf"], Tiny, TensorFormat.Q4_0, seed: 3);
        RandomModel.Write(_folder["c.gguf"], Tiny, TensorFormat.Q4_0, seed: 4);
        Assert.Equal(File.ReadAllBytes(_folder["a.gguf"]), File.ReadAllBytes(_folder["b.gguf"]));
        Assert.NotEqual(File.ReadAllBytes(_folder["a.gguf"]), File.ReadAllBytes(_folder["c.gguf"]));
    }

    public void Dispose() => _folder.Dispose();
}
