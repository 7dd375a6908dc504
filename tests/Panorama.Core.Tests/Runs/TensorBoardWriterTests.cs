using Panorama.Core.Runs;

namespace Panorama.Core.Tests.Runs;

public sealed class TensorBoardWriterTests
{
    // RFC 3720, appendix B.4, and the check value of the CRC catalogue.
    [Theory]
    [InlineData("", 0x00000000u)]
    [InlineData("313233343536373839", 0xE3069283u)]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000", 0x8A9136AAu)]
    [InlineData("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", 0x62A8AB43u)]
    [InlineData("000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F", 0x46DD794Eu)]
    public void ChecksumsAreThePublishedOnes(string hex, uint expected)
    {
        byte[] bytes = Convert.FromHexString(hex);
        Assert.Equal(expected, Crc32C.Of(bytes));
        Assert.Equal(expected, EventFile.BitwiseCrc32C(bytes));
    }

    [Fact]
    public void ChecksumsAgreeAtEveryLength() => Gen.Byte.Array[0, 100].Sample(bytes => Assert.Equal(EventFile.BitwiseCrc32C(bytes), Crc32C.Of(bytes)));

    [Fact]
    public void AnIndependentDecoderReadsTheEvents()
    {
        using var folder = new TemporaryFolder();
        var clock = new FixedTime(new DateTimeOffset(2026, 1, 2, 3, 4, 5, 500, TimeSpan.Zero));
        string path;
        using (var writer = TensorBoardWriter.Create(folder["tb"], time: clock))
        {
            path = writer.Path;
            writer.Write(0, ("loss_metrics/global_avg_loss", 10.5), ("mfu(%)", double.NaN));
            writer.Write(1L << 40, ("é", 1e-3));
            writer.Write(1L << 41);
        }

        List<DecodedEvent> events = EventFile.Read(File.ReadAllBytes(path));

        Assert.Equal(4, events.Count);
        Assert.Equal("brain.Event:2", events[0].FileVersion);
        Assert.Equal(1767323045.5, events[0].WallTime);
        Assert.Equal([("loss_metrics/global_avg_loss", 10.5f), ("mfu(%)", float.NaN)], events[1].Scalars);
        Assert.Equal((1L << 40, 1e-3f), (events[2].Step, events[2].Scalars.Single().Value));
        Assert.Equal("é", events[2].Scalars.Single().Tag);
        Assert.Empty(events[3].Scalars);
        Assert.StartsWith("events.out.tfevents.1767323045.", Path.GetFileName(path), StringComparison.Ordinal);
    }

    [Fact]
    public void AResumedRunAddsAFileThatHidesLaterSteps()
    {
        using var folder = new TemporaryFolder();
        var clock = new FixedTime(DateTimeOffset.UnixEpoch);
        using var first = TensorBoardWriter.Create(folder.Path, time: clock);
        using var second = TensorBoardWriter.Create(folder.Path, resumedAfterStep: 30, clock);
        Assert.NotEqual(first.Path, second.Path);
        second.Dispose();
        List<DecodedEvent> events = EventFile.Read(File.ReadAllBytes(second.Path));
        Assert.Equal([false, true], events.Select(e => e.SessionStart));
        Assert.Equal(31, events[1].Step);
    }

    [Fact]
    public void LongTagsGrowTheFrame()
    {
        using var folder = new TemporaryFolder();
        using var writer = TensorBoardWriter.Create(folder.Path);
        string tag = new('x', 5000);
        writer.Write(1, (tag, 1), (tag + "y", 2));
        writer.Dispose();
        Assert.Equal([tag, tag + "y"], EventFile.Read(File.ReadAllBytes(writer.Path))[1].Scalars.Select(s => s.Tag));
    }

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
