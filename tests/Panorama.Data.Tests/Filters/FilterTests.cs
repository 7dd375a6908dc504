using Panorama.Core.Errors;
using Panorama.Data.Documents;
using Panorama.Data.Filters;
using Panorama.Data.Rejects;
using Panorama.Data.Tests.Support;

namespace Panorama.Data.Tests.Filters;

public sealed class FilterTests
{
    [Theory]
    [InlineData(" a  b \t\n\n\n\n c\t\r\n d\r", "a  b\n\n c\n d")]
    [InlineData("\uFEFFte\u0000x\u0007t\u200B", "text\u200B")]
    [InlineData("if x:\n    y()\n\n\tz", "if x:\n    y()\n\n\tz")]
    [InlineData("a \u0001 b", "a  b")]
    [InlineData("e\u0001\u0301", "\u00E9")]
    [InlineData("x\u2028y\u0085z", "x\ny\nz")]
    [InlineData(" \n\t ", "")]
    public void CleanByHand(string text, string expected) => Assert.Equal(expected, TextCleaner.Clean(text));

    [Fact]
    public void HalfSurrogatePairsGoAndWholeOnesStay() =>
        Assert.Equal("abc\U0001F600", TextCleaner.Clean("a\uD800b\uDC00c\U0001F600"));

    [Fact]
    public void CleaningTwiceIsCleaningOnceAndCleanTextIsNotCopied()
    {
        Gen<char> any = Gen.OneOf(Gen.Char["ab \t\n\r"], Gen.Char, Gen.Char['\u0300', '\u0320']);
        any.Array[0, 30].Select(c => new string(c)).Sample(
            text =>
            {
                string once = TextCleaner.Clean(text);
                return ReferenceEquals(once, TextCleaner.Clean(once)) && !once.Any(c => char.IsControl(c) && c is not ('\t' or '\n'));
            },
            iter: 20_000);
    }

    [Theory]
    [InlineData("Gets the value.", null)]
    [InlineData("", "no_summary")]
    [InlineData("To be added.", "placeholder")]
    [InlineData("TODO", "placeholder")]
    [InlineData("...", "placeholder")]
    [InlineData("This API supports the product infrastructure and is not intended to be used directly from your code.", "reserved")]
    [InlineData("None of the flags.", null)]
    public void MembersThatSayNothingGo(string summary, string? reason)
    {
        Verdict verdict = new DocumentationFilter().Apply(Member(summary));
        Assert.Equal(reason, verdict.Document is null ? verdict.Reason.Name : null);
    }

    [Fact]
    public void InheritedMembersAndOtherDocuments()
    {
        var filter = new DocumentationFilter();
        Assert.Equal(DropReason.Inherited, filter.Apply(Member("", ("inherits", "true"))).Reason);
        Assert.NotNull(filter.Apply(Texts.Of("x", "To be added.")).Document);
    }

    [Fact]
    public void TheChainNamesTheReasonAndPassesChangesOn()
    {
        using var ledger = new RejectLedger();
        Assert.Equal("A long enough line of text.", FilterChain.Default.Apply(Texts.Of("a", "A long enough line of text. \r\n"), ledger)!.Text);
        Assert.Null(FilterChain.Default.Apply(Texts.Of("b", "short"), ledger));
        Assert.Null(FilterChain.Default.Apply(Texts.Of("c", " \n "), ledger));
        Assert.Null(FilterChain.Default.Apply(Member(""), ledger));
        Assert.Equal(["empty", "no_summary", "too_short"], ledger.Counts().Select(c => c.Reason));
        Assert.All(ledger.Counts(), c => Assert.Equal("clean", c.Step));
        Assert.Throws<InputException>(() => new MinimumLengthFilter(0));
    }

    [Fact]
    public void PassagesHoldAllWordsInOrderWithinTheLimit()
    {
        Gen.Select(Gen.OneOf(Gen.Char["ab. \n"], Gen.Char["ab"]).Array[0, 1500].Select(c => new string(c)), Gen.Int[100, 300]).Sample((text, longest) =>
        {
            Document[] parts = [.. new PassageSplitter(longest).Split(Texts.Of("d", text))];
            string Letters(string s) => string.Concat(s.Where(c => !char.IsWhiteSpace(c)));
            return parts.All(p => p.Text.Length <= longest) && Letters(string.Concat(parts.Select(p => p.Text))) == Letters(text)
                && parts.Select(p => p.Id).Distinct().Count() == parts.Length;
        });
    }

    [Fact]
    public void PassagesEndAtParagraphsAndNeverWithinACharacter()
    {
        string paragraph = new('x', 70);
        Document[] parts = [.. new PassageSplitter(200).Split(Texts.Of("d", $"{paragraph}\n\n{paragraph}\n\n{paragraph}"))];
        Assert.Equal([("d#1", 142), ("d#2", 70)], parts.Select(p => (p.Id, p.Text.Length)));
        string emoji = string.Concat(Enumerable.Repeat("\U0001F600", 101));
        Assert.All(new PassageSplitter(101).Split(Texts.Of("e", emoji)), p => Assert.Equal(0, p.Text.Length % 2));
        Assert.Equal("d", Assert.Single(new PassageSplitter(100).Split(Texts.Of("d", "short"))).Id);
    }

    private static Document Member(string summary, params (string Key, string Value)[] more)
    {
        Dictionary<string, string> metadata = new() { ["panorama:layout"] = "api", ["kind"] = "method", ["name"] = "N.M" };
        foreach ((string key, string value) in more)
            metadata[key] = value;
        return new Document { Id = "m", Source = "s", Text = $"N.M | {summary}", Metadata = metadata };
    }
}
