namespace Panorama.Inference.Tests;

public sealed class StopTextFilterTests
{
    [Fact]
    public void A_partial_match_is_held_back_until_it_fails()
    {
        var filter = new StopTextFilter(["END."]);
        Assert.Equal("a ", filter.Append("a E"));
        Assert.Equal("", filter.Append("ND"));
        Assert.Equal("END!", filter.Append("!"));
        Assert.False(filter.Stopped);
    }

    [Fact]
    public void A_match_split_over_pieces_never_leaks()
    {
        var filter = new StopTextFilter(["END."]);
        Assert.Equal("x", filter.Append("xE"));
        Assert.Equal("", filter.Append("N"));
        Assert.Equal("", filter.Append("D. tail"));
        Assert.True(filter.Stopped);
        Assert.Equal("", filter.Append("more"));
        Assert.Equal("", filter.Flush());
    }

    [Fact]
    public void A_failed_match_may_hide_the_start_of_another()
    {
        var filter = new StopTextFilter(["aab"]);
        Assert.Equal("a", filter.Append("aaa"));
        Assert.Equal("", filter.Append("b"));
        Assert.True(filter.Stopped);
    }

    [Fact]
    public void The_longest_of_the_texts_complete_at_one_character_decides()
    {
        var filter = new StopTextFilter(["d", "bcd"]);
        Assert.Equal("a", filter.Append("abcd"));
        Assert.True(filter.Stopped);
    }

    [Fact]
    public void Flush_gives_what_was_held()
    {
        var filter = new StopTextFilter(["###"]);
        Assert.Equal("x", filter.Append("x##"));
        Assert.Equal("##", filter.Flush());
    }

    [Fact]
    public void How_the_text_is_split_makes_no_difference()
    {
        var text = Gen.Char["ab"].Array[0, 30].Select(c => new string(c));
        var stops = Gen.Char["ab"].Array[1, 5].Select(c => new string(c)).Array[1, 3];
        Gen.Select(text, stops, Gen.Int[1, 7]).Sample((all, stop, size) =>
        {
            var filter = new StopTextFilter(stop);
            string visible = "";
            for (int i = 0; i < all.Length; i += size)
            {
                visible += filter.Append(all.Substring(i, Math.Min(size, all.Length - i)));
                Assert.StartsWith(visible, all, StringComparison.Ordinal);
            }

            visible += filter.Flush();
            Assert.Equal(Expected(all, stop), visible);
        });
    }

    [Fact]
    public void Bad_stop_texts_are_refused()
    {
        Assert.Throws<InputException>(() => new StopTextFilter([""]));
        Assert.Throws<InputException>(() => new StopTextFilter(["\uDE00"]));
        Assert.Throws<InputException>(() => new StopTextFilter([new string('x', StopTextFilter.MaxLength + 1)]));
        Assert.Throws<InputException>(() => new StopTextFilter([.. Enumerable.Repeat("x", StopTextFilter.MaxTexts + 1)]));
    }

    private static string Expected(string text, string[] stops)
    {
        for (int end = 1; end <= text.Length; end++)
        {
            string[] complete = [.. stops.Where(s => text[..end].EndsWith(s, StringComparison.Ordinal))];
            if (complete.Length > 0)
            {
                return text[..(end - complete.Max(s => s.Length))];
            }
        }

        return text;
    }
}
