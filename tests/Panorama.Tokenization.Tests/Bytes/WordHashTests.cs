using System.Buffers.Binary;
using Panorama.Tokenization.Bytes;

namespace Panorama.Tokenization.Tests.Bytes;

public sealed class WordHashTests
{
    [Fact]
    public void TheTailIsTheFirstBytesPaddedWithZeros() => Gen.Byte.Array[0, 20].Sample(static word =>
    {
        var padded = new byte[8];
        word.AsSpan(0, Math.Min(8, word.Length)).CopyTo(padded);
        return WordHash.Tail(word) == BinaryPrimitives.ReadUInt64LittleEndian(padded);
    });

    [Fact]
    public void EqualWordsHashEquallyAndOthersRarelyDo()
    {
        var hashes = new HashSet<uint>();
        for (int i = 0; i < 100_000; i++)
        {
            byte[] word = System.Text.Encoding.ASCII.GetBytes($"word-{i:D12}-{i % 7}");
            Assert.Equal(WordHash.Of(word), WordHash.Of((byte[])word.Clone()));
            hashes.Add((uint)WordHash.Of(word));
        }

        Assert.True(hashes.Count > 99_900, $"{hashes.Count} of 100000 hashes differ"); // by chance 1.2 collisions are expected
    }
}
