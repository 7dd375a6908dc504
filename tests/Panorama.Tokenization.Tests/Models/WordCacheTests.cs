using System.Text;
using Panorama.Tokenization.Models;

namespace Panorama.Tokenization.Tests.Models;

public sealed class WordCacheTests
{
    [Fact]
    public void RemembersWordsAndTellsThemApart()
    {
        var cache = new WordCache();
        foreach (string word in (string[])["a", "a\0", "abcdefgh", "abcdefghi", "exactly sixteen!", "exactly 24 bytes of text"])
        {
            WordCache.Key key = WordCache.Pack(Encoding.UTF8.GetBytes(word));
            Assert.True(cache.Get(key).IsEmpty);
            cache.Set(key, [word.Length, 1]);
            Assert.Equal([word.Length, 1], cache.Get(key).ToArray());
        }
    }

    [Fact]
    public void StaysBoundedAndNeverAnswersForAnotherWord()
    {
        var cache = new WordCache();
        int remembered = 0;
        for (int i = 0; i < 100_000; i++) cache.Set(WordCache.Pack(BitConverter.GetBytes(i)), [i]);
        for (int i = 0; i < 100_000; i++)
        {
            ReadOnlySpan<int> tokens = cache.Get(WordCache.Pack(BitConverter.GetBytes(i)));
            if (tokens.IsEmpty) continue;
            Assert.Equal(i, tokens[0]);
            remembered++;
        }

        Assert.InRange(remembered, 1, 1 << 14);
    }
}
