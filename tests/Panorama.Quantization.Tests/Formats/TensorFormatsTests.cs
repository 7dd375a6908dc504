using Panorama.Quantization.Formats;

namespace Panorama.Quantization.Tests.Formats;

public sealed class TensorFormatsTests
{
    [Theory]
    [InlineData(TensorFormat.F32, 8192)]
    [InlineData(TensorFormat.BF16, 4096)]
    [InlineData(TensorFormat.Q8_0, 2176)]
    [InlineData(TensorFormat.Q4_0, 1152)]
    [InlineData(TensorFormat.Q4_K, 1152)]
    [InlineData(TensorFormat.Q6_K, 1680)]
    public void A_row_of_2048_values_has_the_bytes_of_its_blocks(TensorFormat format, int bytes) => Assert.Equal(bytes, format.RowBytes(2048));

    [Fact]
    public void A_row_of_part_blocks_is_refused() => Assert.Throws<ArgumentException>(() => TensorFormat.Q4_K.RowBytes(128));
}
