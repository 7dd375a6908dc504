using Panorama.Data.Sources.Extraction;

namespace Panorama.Data.Tests.Sources;

public sealed class ExtractionTests
{
    [Theory]
    [InlineData("# Title #\n\ntext", "Title\n\ntext")]
    [InlineData("a **bold** and *it* and _it_ and snake_case_name ~~gone~~", "a bold and it and it and snake_case_name gone")]
    [InlineData("2 * 3 * 4 and a_b", "2 * 3 * 4 and a_b")]
    [InlineData("see [the **docs**](https://x.y/(z) \"t\") and [ref][1] and [plain]", "see the docs and ref and [plain]")]
    [InlineData("![alt](a.png) [![badge](b.svg)](c)", "alt badge")]
    [InlineData("use `a*b*c` and ``x ` y``", "use a*b*c and x ` y")]
    [InlineData("<b>x</b> <https://a.b> 1 < 2 &amp; &lt;t&gt; <!-- no\nmore --> y", "x https://a.b 1 < 2 & <t> \n y")]
    [InlineData("> quoted\n> > twice", "quoted\ntwice")]
    [InlineData("- a\n- b\n\n1. c", "- a\n- b\n\n1. c")]
    [InlineData("```csharp\nvar x = *p;\n# no heading\n```\nafter", "var x = *p;\n# no heading\nafter")]
    [InlineData("~~~\n```\n~~~\nafter", "```\nafter")]
    [InlineData("a\n\n    code *x*\n\nb", "a\n\n    code *x*\n\nb")]
    [InlineData("Head\n====\n\n---\n[1]: https://x.y\ntext", "Head\n\n\n\n\ntext")]
    [InlineData("| a | b |\n|---|:-:|\n| 1 | 2 |", "| a | b |\n\n| 1 | 2 |")]
    [InlineData("\\*not\\* \\_it\\_", "*not* _it_")]
    [InlineData("word[^1] end", "word end")]
    public void MarkdownByHand(string markdown, string expected) => Assert.Equal(expected, MarkdownText.Extract(markdown).Text);

    [Fact]
    public void FrontMatterGivesTheTitle()
    {
        ExtractedText text = MarkdownText.Extract("---\ntitle: \"My page\"\ntags: [a]\n---\n# Head\nBody");
        Assert.Equal(("My page", "Head\nBody"), (text.Title, text.Text));
        Assert.Equal("Head", MarkdownText.Extract("# Head\n").Title);
        Assert.Equal("no end", MarkdownText.Extract("---\nno end").Text);
    }

    [Fact]
    public void HostileMarkdownTakesNoQuadraticTime()
    {
        foreach (string unit in (string[])["[", "![", "`", "``` `", "<a", "&", "*", "_ ", "[[](", "> ", "\\", "<!--", "~"])
            Assert.NotNull(MarkdownText.Extract(string.Concat(Enumerable.Repeat(unit, 100_000))));
    }

    [Fact]
    public void TheArticleIsFoundAndBoilerplateIsGone()
    {
        string sentence = "The quick brown fox jumps over the lazy dog, and then it writes down carefully what it has seen on its way. ";
        string body = string.Concat(Enumerable.Range(1, 6).Select(i => $"<p>Paragraph {i}. {string.Concat(Enumerable.Repeat(sentence, 3))}</p>"));
        ExtractedText text = HtmlText.Extract(
            $"<html lang=en><head><title>Foxes</title><style>x</style></head><body><div class=\"sidebar menu\"><ul><li><a href=/>Home</a><li><a href=/x>Shop</a></ul></div><article><h1>Foxes</h1>{body}</article><footer>Imprint</footer></body></html>")!;
        Assert.Equal(("Foxes", "en"), (text.Title, text.Language));
        for (int i = 1; i <= 6; i++)
            Assert.Contains($"Paragraph {i}.", text.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Shop", text.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Imprint", text.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void ShortPagesGiveTheirBodyByBlocks()
    {
        ExtractedText text = HtmlText.Extract(
            "<body><h2>List</h2><p>One <i>line</i>\n here.<br>Next</p><ul><li>a</li><li>b</li></ul><pre>if (x)\n    y();</pre><table><tr><td>1<td>2</table><script>no()</script><p hidden>no</p></body>")!;
        Assert.Equal("List\n\nOne line here.\nNext\n\na\nb\n\nif (x)\n    y();\n\n1 2", text.Text);
    }

    [Fact]
    public void DeepPagesAreReadUpToALimitAndRefusedBeyond()
    {
        string Nested(int depth) => $"{string.Concat(Enumerable.Repeat("<div>", depth))}deep {new string('x', 600)}";
        Assert.StartsWith("deep", HtmlText.Extract(Nested(900))!.Text, StringComparison.Ordinal);
        Assert.Null(HtmlText.Extract(Nested(3_000_000)));
        // Every paragraph would open all those again.
        string reopened = $"{string.Concat(Enumerable.Range(0, 900).Select(i => $"<font color=c{i}>"))}{string.Concat(Enumerable.Repeat("<p>x", 1_000_000))}";
        Assert.Null(HtmlText.Extract(reopened));
    }

    [Fact]
    public void OrdinaryPagesOfManyTagsAreReasonable()
    {
        string rows = string.Concat(Enumerable.Repeat("<tr><td><a href=x>link</a><td><b>bold</b><br><p>text<li>item", 20_000));
        Assert.True(HtmlShape.IsReasonable($"<html><body><script>if (a<b) x('<div><div>')</script><!-- <div> --><table>{rows}</table>"));
    }
}
