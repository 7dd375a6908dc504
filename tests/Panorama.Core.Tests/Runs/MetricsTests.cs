using Panorama.Core.Errors;
using Panorama.Core.Runs;

namespace Panorama.Core.Tests.Runs;

public sealed class MetricsTests
{
    [Fact]
    public void WritesOneObjectALine()
    {
        using var folder = new TemporaryFolder();
        using (var writer = MetricsWriter.Open(folder["m"], -1))
        {
            writer.Write(0, ("loss", 0.1), ("throughput(tps)", 4000));
            writer.Write(5, ("loss", double.NaN), ("x", double.PositiveInfinity), ("tiny", double.Epsilon));
        }

        Assert.Equal("{\"step\":0,\"loss\":0.1,\"throughput(tps)\":4000}\n{\"step\":5,\"loss\":null,\"x\":null,\"tiny\":5E-324}\n", File.ReadAllText(folder["m"]));
    }

    [Fact]
    public void EveryDoubleComesBackExactly()
    {
        using var folder = new TemporaryFolder();
        Gen.Double.Array[1, 20].Sample(
            values =>
            {
                File.Delete(folder["m"]);
                using (var writer = MetricsWriter.Open(folder["m"], -1))
                {
                    for (int i = 0; i < values.Length; i++)
                    {
                        writer.Write(i, ("v", values[i]));
                    }
                }

                double[] back = [.. MetricsReader.ReadSeries(folder["m"], "v").Select(p => p.Value)];
                Assert.Equal(values.Select(v => double.IsFinite(v) ? v : double.NaN), back);
            },
            threads: 1);
    }

    [Fact]
    public void EveryLineIsThereBeforeTheWriterIsClosed()
    {
        using var folder = new TemporaryFolder();
        using var writer = MetricsWriter.Open(folder["m"], -1);
        writer.Write(1, ("loss", 2));
        Assert.Equal(1, MetricsReader.Read(folder["m"]).Single().Step);
    }

    [Fact]
    public void AResumeDropsLaterStepsAndAHalfLine()
    {
        using var folder = new TemporaryFolder();
        folder.Write("m", "{\"step\":1,\"a\":1}\n{\"step\":2,\"a\":2}\n{\"step\":3,\"a\":3}\n{\"step\":4,\"a\":1");
        using (var writer = MetricsWriter.Open(folder["m"], 2))
        {
            Assert.Equal((2, 2), (writer.LastStep, writer.DroppedLines));
            writer.Write(3, ("a", 33));
        }

        Assert.Equal([(1, 1), (2, 2), (3, 33)], MetricsReader.ReadSeries(folder["m"], "a"));
    }

    [Fact]
    public void ACutAtAnyByteResumesToTheSameFile()
    {
        // As a kill between any two bytes leaves it: the steps lost are written again.
        using var folder = new TemporaryFolder();
        WriteSteps(folder["whole"], -1, 12);
        byte[] whole = File.ReadAllBytes(folder["whole"]);
        for (int length = 0; length <= whole.Length; length += 7)
        {
            folder.Write("cut", whole[..length]);
            WriteSteps(folder["cut"], long.MaxValue, 12);
            Assert.Equal(whole, File.ReadAllBytes(folder["cut"]));
        }
    }

    [Fact]
    public void ADamagedLineIsDroppedOnResumeAndNamedByTheReader()
    {
        using var folder = new TemporaryFolder();
        folder.Write("m", "{\"step\":1}\n\0\0\0\n{\"step\":\"2\"}\n[]\n{\"step\":3,\"a\":{}}\n{\"step\":-1}\n{\"step\":5,\"a\":1,\"a\":2}\n{\"step\":6}\n");
        var error = Assert.Throws<InvalidFileException>(() => MetricsReader.Read(folder["m"]).Count());
        Assert.Contains("line 2 is not", error.Message, StringComparison.Ordinal);
        using (var writer = MetricsWriter.Open(folder["m"], 9))
        {
            Assert.Equal((6, 6), (writer.LastStep, writer.DroppedLines));
        }

        Assert.Equal([1, 6], MetricsReader.Read(folder["m"]).Select(p => p.Step));
    }

    [Fact]
    public void AnEndlessLineTakesBoundedMemory()
    {
        using var folder = new TemporaryFolder();
        folder.Write("m", "{\"step\":1}\n" + new string(' ', 5 << 20));
        Assert.Contains("line 2 is longer", Assert.Throws<InvalidFileException>(() => MetricsReader.Read(folder["m"]).Count()).Message, StringComparison.Ordinal);
        using var writer = MetricsWriter.Open(folder["m"], 9);
        Assert.Equal(1, writer.LastStep);
    }

    [Fact]
    public void RefusesWrongUse()
    {
        using var folder = new TemporaryFolder();
        using var writer = MetricsWriter.Open(folder["m"], -1);
        Assert.Throws<ArgumentException>(() => writer.Write(1, ("step", 1)));
        Assert.Throws<ArgumentException>(() => writer.Write(1, ("a", 1), ("a", 2)));
        writer.Write(1, ("a", 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Write(1, ("a", 1)));
        writer.Write(2, ("a", 2));
        writer.Flush();
        Assert.Equal([1, 2], MetricsReader.Read(folder["m"]).Select(p => p.Step));
        Assert.Throws<JobException>(() => MetricsWriter.Open(Path.Combine(folder["none"], "m"), -1));
        Assert.Throws<InputException>(() => MetricsReader.Read(folder["none"]).Count());
    }

    private static void WriteSteps(string path, long keepThroughStep, int steps)
    {
        using var writer = MetricsWriter.Open(path, keepThroughStep);
        for (long step = writer.LastStep + 1; step < steps; step++)
        {
            writer.Write(step, ("loss", 1.0 / (step + 3)));
        }
    }
}
