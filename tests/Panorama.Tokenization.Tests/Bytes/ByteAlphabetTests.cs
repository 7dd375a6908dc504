using Panorama.Tokenization.Bytes;

namespace Panorama.Tokenization.Tests.Bytes;

public sealed class ByteAlphabetTests
{
    [Theory]
    [InlineData(0x20, 'Ġ')]
    [InlineData(0x0A, 'Ċ')]
    [InlineData(0x00, 'Ā')]
    [InlineData(0x41, 'A')]
    [InlineData(0xAD, 'Ń')]
    [InlineData(0xFF, 'ÿ')]
    public void BytesHaveTheCharactersOfGpt2(byte value, char expected) => Assert.Equal(expected, ByteAlphabet.ToChar(value));

    [Fact]
    public void EveryByteHasItsOwnCharacterAndComesBack()
    {
        byte[] all = [.. Enumerable.Range(0, 256).Select(static b => (byte)b)];
        string text = ByteAlphabet.ToText(all);
        var back = new byte[256];
        Assert.True(ByteAlphabet.TryToBytes(text, back));
        Assert.Equal(all, back);
        Assert.Equal(256, text.Distinct().Count());
    }

    [Theory]
    [InlineData(" ")]
    [InlineData("\u0144")]
    [InlineData("数")]
    public void OtherCharactersAreNotPartOfIt(string text) => Assert.False(ByteAlphabet.TryToBytes(text, new byte[8]));

    [Fact]
    public void TheOrderIsThatOfTheCharacters()
    {
        Assert.Equal((byte)'!', ByteAlphabet.InCharacterOrder[0]);
        Assert.Equal(0x00, ByteAlphabet.InCharacterOrder[188]);
        Assert.Equal(0xAD, ByteAlphabet.InCharacterOrder[255]);
    }
}
