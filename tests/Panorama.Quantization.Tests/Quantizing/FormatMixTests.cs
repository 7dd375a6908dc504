using Panorama.Quantization.Formats;
using Panorama.Quantization.Quantizing;

namespace Panorama.Quantization.Tests.Quantizing;

public sealed class FormatMixTests
{
    [Theory]
    [InlineData("blk.0.attn_norm.weight", new long[] { 256 }, TensorFormat.Q4_K, TensorFormat.F32)]
    [InlineData("blk.0.attn_q.bias", new long[] { 256 }, TensorFormat.F16, TensorFormat.F32)]
    [InlineData("position_embd.weight", new long[] { 8, 256 }, TensorFormat.Q8_0, TensorFormat.F32)]
    [InlineData("blk.0.attn_q.weight", new long[] { 8, 256 }, TensorFormat.Q4_K, TensorFormat.Q4_K)]
    [InlineData("blk.0.attn_q.weight", new long[] { 8, 384 }, TensorFormat.Q4_K, TensorFormat.Q4_1)]
    [InlineData("blk.0.attn_q.weight", new long[] { 8, 384 }, TensorFormat.Q5_K, TensorFormat.Q5_1)]
    [InlineData("blk.0.attn_q.weight", new long[] { 8, 384 }, TensorFormat.Q6_K, TensorFormat.Q8_0)]
    [InlineData("blk.0.attn_q.weight", new long[] { 8, 100 }, TensorFormat.Q6_K, TensorFormat.F16)]
    [InlineData("blk.0.attn_q.weight", new long[] { 8, 100 }, TensorFormat.Q4_0, TensorFormat.F16)]
    [InlineData("blk.0.attn_q.weight", new long[] { 8, 100 }, TensorFormat.BF16, TensorFormat.BF16)]
    [InlineData("output.weight", new long[] { 8, 256 }, TensorFormat.Q4_K, TensorFormat.Q6_K)]
    [InlineData("output.weight", new long[] { 8, 384 }, TensorFormat.Q4_K, TensorFormat.Q8_0)]
    [InlineData("output.weight", new long[] { 8, 256 }, TensorFormat.Q4_0, TensorFormat.Q4_0)]
    [InlineData("token_embd.weight", new long[] { 8, 256 }, TensorFormat.Q5_K, TensorFormat.Q5_K)]
    public void Every_tensor_has_its_format(string name, long[] shape, TensorFormat asked, TensorFormat format) =>
        Assert.Equal(format, FormatMix.Choose(name, shape, asked, tied: false));

    [Fact]
    public void An_embedding_that_makes_the_logits_gets_their_format() =>
        Assert.Equal(TensorFormat.Q6_K, FormatMix.Choose("token_embd.weight", [8, 256], TensorFormat.Q4_K, tied: true));
}
