using Panorama.Core.Safetensors;

namespace Panorama.Core.Tests.Safetensors;

public sealed class SingleConversionTests
{
    [Theory]
    [InlineData(1f, 0x3F80)]
    [InlineData(-2.5f, 0xC020)]
    [InlineData(1.00390625f, 0x3F80)] // halfway between two: to the even one
    [InlineData(1.01171875f, 0x3F82)] // halfway, the upper one is even
    [InlineData(float.MaxValue, 0x7F80)] // rounds up to infinity
    [InlineData(float.NegativeInfinity, 0xFF80)]
    [InlineData(1e-45f, 0x0000)]
    public void RoundsToBFloat16(float value, int expected)
    {
        byte[] bytes = new byte[2];
        SingleConversion.FromSingle(DType.BF16, [value], bytes);
        Assert.Equal(expected, BitConverter.ToUInt16(bytes));
    }

    [Fact]
    public void KeepsNaN()
    {
        float almostInfinity = BitConverter.UInt32BitsToSingle(0x7F80_0001);
        byte[] bytes = new byte[2];
        SingleConversion.FromSingle(DType.BF16, [almostInfinity], bytes);
        float[] back = new float[1];
        SingleConversion.ToSingle(DType.BF16, bytes, back);
        Assert.True(float.IsNaN(back[0]));
    }

    [Theory]
    [InlineData(DType.F64, 0)]
    [InlineData(DType.F32, 0)]
    [InlineData(DType.F16, 1.0 / 2048)]
    [InlineData(DType.BF16, 1.0 / 256)]
    public void ReturnsEveryValueWithinHalfAUnit(DType type, double relative) =>
        Gen.Float[-60_000f, 60_000f].Where(v => MathF.Abs(v) > 1e-4f).Array[0, 70].Sample(values =>
        {
            byte[] bytes = new byte[values.Length * type.Size()];
            SingleConversion.FromSingle(type, values, bytes);
            float[] back = new float[values.Length];
            SingleConversion.ToSingle(type, bytes, back);
            for (int i = 0; i < values.Length; i++)
            {
                Assert.InRange(Math.Abs(back[i] - values[i]), 0, Math.Abs(values[i]) * relative);
            }
        });

    [Theory]
    [InlineData(DType.F64)]
    [InlineData(DType.F32)]
    [InlineData(DType.F16)]
    [InlineData(DType.BF16)]
    public void AFileGivesAnyPartAsSingles(DType type)
    {
        using var folder = new TemporaryFolder();
        float[] values = [.. Enumerable.Range(-50, 101).Select(i => i / 4f)];
        byte[] bytes = new byte[values.Length * type.Size()];
        SingleConversion.FromSingle(type, values, bytes);
        using (var writer = SafetensorsWriter.Create(folder["x"], [new("odd", DType.U8, 1), new("w", type, values.Length)]))
        {
            writer.Append("odd", [1]);
            writer.Append("w", bytes);
            writer.Complete();
        }

        using var file = SafetensorsFile.Open(folder["x"]);
        float[] part = new float[60];
        file.ReadSingles(file.Get("w"), 41, part);
        Assert.Equal(values[41..], part);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.ReadSingles(file.Get("w"), 42, part));
    }
}
