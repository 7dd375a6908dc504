using System.Text;
using Panorama.Core.Errors;
using Panorama.Tokenization.Training;

namespace Panorama.Tokenization.Tests;

public sealed class StreamingDecoderTests
{
    private static readonly Tokenizer Tokenizer = TestFiles.Train(SampleTexts.All, new BpeTrainerOptions { VocabularySize = 400 });

    [Fact]
    public void PiecesAreTheWholeForAnyIds() => Gen.Int[0, Tokenizer.VocabularySize - 1].Array[0, 60].Sample(static ids =>
    {
        foreach (bool skip in (bool[])[true, false]) Assert.Equal(Tokenizer.Decode(ids, skip), Stream(ids, skip));
    }, iter: 5_000);

    [Fact]
    public void PiecesAreTheWholeForBrokenUtf8() => SampleTexts.Bytes.Sample(static bytes =>
    {
        var ids = new List<int>();
        foreach (byte value in bytes) Tokenizer.Encode([value], ids); // one token a byte: every place is a border
        Assert.Equal(Encoding.UTF8.GetString(bytes), Stream([.. ids], skipSpecial: true));
    }, iter: 5_000);

    [Fact]
    public void ACharacterComesWhenItIsComplete()
    {
        StreamingDecoder decoder = Tokenizer.CreateStreamingDecoder();
        string[] pieces = [.. "a😀"u8.ToArray().Select(b => decoder.Append(IdOf(b)))];
        Assert.Equal(["a", "", "", "", "😀"], pieces);
        Assert.Equal("", decoder.Flush());
    }

    [Fact]
    public void FlushReplacesWhatIsIncompleteAndStartsAnew()
    {
        StreamingDecoder decoder = Tokenizer.CreateStreamingDecoder();
        Assert.Equal("", decoder.Append(IdOf(0xF0)) + decoder.Append(IdOf(0x9F)));
        Assert.Equal("\uFFFD", decoder.Flush());
        Assert.Equal("b", decoder.Append(IdOf((byte)'b')));
    }

    [Fact]
    public void AWrongIdChangesNothing()
    {
        StreamingDecoder decoder = Tokenizer.CreateStreamingDecoder();
        decoder.Append(IdOf(0xC3));
        Assert.Throws<InputException>(() => decoder.Append(Tokenizer.VocabularySize));
        Assert.Equal("é", decoder.Append(IdOf(0xA9)));
    }

    private static int IdOf(byte value)
    {
        var ids = new List<int>();
        Tokenizer.Encode([value], ids);
        return Assert.Single(ids);
    }

    private static string Stream(int[] ids, bool skipSpecial)
    {
        StreamingDecoder decoder = Tokenizer.CreateStreamingDecoder(skipSpecial);
        var text = new StringBuilder();
        foreach (int id in ids) text.Append(decoder.Append(id));
        return text.Append(decoder.Flush()).ToString();
    }
}
