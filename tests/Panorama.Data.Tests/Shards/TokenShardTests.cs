using System.Buffers.Binary;
using Panorama.Core.Errors;
using Panorama.Data.Shards;
using Panorama.Data.Tests.Support;

namespace Panorama.Data.Tests.Shards;

public sealed class TokenShardTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void BytesAreThoseOfTheFormat()
    {
        string prefix = _folder.File("tiny");
        Write(prefix, 100, [[7, 8], [], [9]]);

        Assert.Equal([7, 0, 8, 0, 9, 0], File.ReadAllBytes(prefix + ".bin"));
        byte[] index = File.ReadAllBytes(prefix + ".idx");
        byte[] expected =
        [
            .. "MMIDIDX\0\0"u8, .. U64(1), 8, .. U64(3), .. U64(4),
            .. I32(2), .. I32(0), .. I32(1),
            .. U64(0), .. U64(4), .. U64(4),
            .. U64(0), .. U64(1), .. U64(2), .. U64(3),
        ];
        Assert.Equal(expected, index);
    }

    [Theory]
    [InlineData(65_535, TokenWidth.UInt16)]
    [InlineData(65_536, TokenWidth.Int32)]
    [InlineData(200_000, TokenWidth.Int32)]
    public void DocumentsAndTheFlatStreamComeBack(int vocabulary, TokenWidth width)
    {
        string prefix = _folder.File("sub/shard");
        Gen.Int[0, vocabulary - 1].Array[0, 40].Array[0, 30].Sample(
            documents =>
            {
                Write(prefix, vocabulary, documents);
                using var reader = new TokenShardReader(prefix, vocabulary);
                int[] flat = [.. documents.SelectMany(d => d)];
                Assert.Equal(width, reader.Width);
                Assert.Equal(flat.Length, reader.TokenCount);
                Assert.Equal(documents.Length, reader.DocumentCount);
                for (int i = 0; i < documents.Length; i++)
                    Assert.Equal(documents[i], reader.ReadDocument(i));
                for (int start = 0; start <= flat.Length; start += 7)
                {
                    int[] part = new int[Math.Min(11, flat.Length - start)];
                    reader.Read(start, part);
                    Assert.Equal(flat.AsSpan(start, part.Length).ToArray(), part);
                }
            },
            iter: 40, threads: 1);
    }

    [Fact]
    public void ReadingOutsideTheStreamIsRefused()
    {
        string prefix = _folder.File("s");
        Write(prefix, 10, [[1, 2, 3]]);
        using var reader = new TokenShardReader(prefix);
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.Read(-1, new int[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.Read(2, new int[2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.ReadDocument(1));
    }

    [Fact]
    public void AnUnfinishedWriterLeavesTheOldShardAndNothingElse()
    {
        string prefix = _folder.File("s");
        Write(prefix, 10, [[1, 2, 3]]);
        using (var writer = new TokenShardWriter(prefix, 10))
            writer.AddDocument([4]);

        using var reader = new TokenShardReader(prefix);
        Assert.Equal([1, 2, 3], reader.ReadDocument(0));
        Assert.Equal(2, Directory.GetFiles(_folder.Path).Length);
    }

    [Fact]
    public void IdsOutsideTheVocabularyAreRefusedOnBothSides()
    {
        string prefix = _folder.File("s");
        using (var writer = new TokenShardWriter(prefix, 10))
            Assert.Throws<ArgumentOutOfRangeException>(() => writer.AddDocument([1, 10]));
        Write(prefix, 100, [[5, 50]]);
        using var reader = new TokenShardReader(prefix, 50);
        var error = Assert.Throws<InvalidFileException>(() => reader.ReadDocument(0));
        Assert.Contains("token 1 is 50", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AMissingFileIsNamed()
    {
        string prefix = _folder.File("nothing");
        Assert.Contains("nothing.idx", Assert.Throws<InputException>(() => new TokenShardReader(prefix)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void HostileIndexesNeverGetThrough()
    {
        string prefix = _folder.File("fuzz");
        int[][] documents = [[1, 2, 3], [4], [], [5, 6]];
        Write(prefix, 100, documents);
        byte[] index = File.ReadAllBytes(prefix + ".idx");
        byte[] tokens = File.ReadAllBytes(prefix + ".bin");

        // Every single byte changed, and every truncation: each is refused, for no byte of an index is free.
        for (int at = 0; at < index.Length; at++)
        {
            foreach (byte flip in (byte[])[0x01, 0x80, 0xFF])
            {
                byte[] broken = [.. index];
                broken[at] ^= flip;
                // Empty document 2 lets bounds 2 and 3, both at its edges, trade one step: still a valid file.
                AssertRefused(prefix, broken, tokens, mayBeValid: at >= index.Length - 32);
            }

            AssertRefused(prefix, index[..at], tokens, mayBeValid: false);
        }

        AssertRefused(prefix, index, tokens[..^1], mayBeValid: false);
        AssertRefused(prefix, index, [.. tokens, 0, 0], mayBeValid: false);
        AssertRefused(prefix, [.. index, 0], tokens, mayBeValid: false);
    }

    [Fact]
    public void CountsThatOverflowAreRefused()
    {
        string prefix = _folder.File("huge");
        foreach (ulong count in (ulong[])[ulong.MaxValue, ulong.MaxValue / 12, 1UL << 60, 0x1555_5555_5555_5556])
        {
            byte[] index = [.. "MMIDIDX\0\0"u8, .. U64(1), 8, .. U64(count), .. U64(1), .. U64(0)];
            AssertRefused(prefix, index, [], mayBeValid: false);
        }
    }

    private static void AssertRefused(string prefix, byte[] index, byte[] tokens, bool mayBeValid)
    {
        File.WriteAllBytes(prefix + ".idx", index);
        File.WriteAllBytes(prefix + ".bin", tokens);
        try
        {
            using var reader = new TokenShardReader(prefix, 100);
            for (long i = 0; i < reader.DocumentCount; i++)
                reader.ReadDocument(i);
            Assert.True(mayBeValid, "a broken shard was read without complaint");
        }
        catch (InputException)
        {
            // what is asked for
        }
    }

    private static void Write(string prefix, int vocabulary, int[][] documents)
    {
        using var writer = new TokenShardWriter(prefix, vocabulary);
        foreach (int[] document in documents)
            writer.AddDocument(document);
        writer.Complete();
    }

    private static byte[] U64(ulong value)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return bytes;
    }

    private static byte[] I32(int value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return bytes;
    }
}
