using System.Text;
using Panorama.Data.Files;

namespace Panorama.Data.Tests.Files;

public sealed class BoundedLineReaderTests
{
    [Fact]
    public void LinesComeOutAsTheyAreWrittenWhateverTheSizesOfReads()
    {
        Gen<string> line = Gen.Char["abc \r"].Array[0, 30].Select(c => new string(c).TrimEnd('\r'));
        Gen.Select(line.Array[0, 12], Gen.Int[1, 7], Gen.Bool, Gen.Bool).Sample((lines, step, endsWithBreak, windows) =>
        {
            const int Longest = 20;
            string text = string.Join(windows ? "\r\n" : "\n", lines) + (endsWithBreak && lines.Length > 0 ? "\n" : "");
            string[] expected = text.Split('\n');
            if (expected[^1].Length == 0)
                expected = expected[..^1];
            var reader = new BoundedLineReader(new SlowStream(Encoding.ASCII.GetBytes(text), step), Longest);
            List<string?> found = [];
            while (reader.Read())
                found.Add(reader.TooLong ? null : Encoding.ASCII.GetString(reader.Line.Span));
            string?[] wanted = [.. expected.Select(l => l.Length > Longest ? null : l.EndsWith('\r') ? l[..^1] : l)];
            return found.SequenceEqual(wanted) && reader.LineNumber == wanted.Length;
        });
    }

    [Fact]
    public void AnEndlessLineTakesBoundedMemory()
    {
        byte[] block = new byte[1 << 20];
        Array.Fill(block, (byte)'x');
        var reader = new BoundedLineReader(new SlowStream([.. block, (byte)'\n', (byte)'y'], 1 << 16), 1000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.True(reader.Read());
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 100_000);
        Assert.True(reader.TooLong);
        Assert.Equal(block.Length, reader.LineBytes);
        Assert.True(reader.Read());
        Assert.Equal((byte)'y', reader.Line.Span[0]);
        Assert.False(reader.Read());
    }

    private sealed class SlowStream(byte[] bytes, int step) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, step));
    }
}
