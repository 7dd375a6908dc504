using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using Panorama.Cli.Reports;

namespace Panorama.Cli.Tests.Reports;

public sealed class ReportHtmlTests
{
    private static readonly string Html = ReportHtml.Render(SampleReport.Model);
    private static readonly IDocument Page = new HtmlParser(new HtmlParserOptions { IsStrictMode = true }).ParseDocument(Html);

    [Fact]
    public void Every_section_is_there()
    {
        Assert.Equal("demo", Page.Title);
        Assert.Equal(["Data", "Training", "Samples", "Stages", "Machine and versions", "Recipe"], Page.QuerySelectorAll("h2").Select(heading => heading.TextContent));
        Assert.Equal(4, Page.QuerySelectorAll(".tile").Length);
        Assert.Equal(4, Page.QuerySelectorAll(".funnel tbody tr").Length);
        Assert.Equal(2, Page.QuerySelectorAll("svg").Length);
    }

    [Fact]
    public void It_needs_nothing_but_itself()
    {
        Assert.Empty(Page.QuerySelectorAll("script, link, img, iframe, object, embed, form, base, image, use, foreignObject, [src], [href]"));
        Assert.DoesNotContain("url(", Html);
        Assert.DoesNotContain("@import", Html);
        Assert.DoesNotContain("://", Html);
        Assert.Contains("default-src 'none'", Page.QuerySelector("meta[http-equiv='Content-Security-Policy']")!.GetAttribute("content"));
    }

    [Fact]
    public void Hostile_text_is_shown_and_never_obeyed()
    {
        string shown = SampleReport.Hostile.Replace('\0', '\uFFFD').Replace('\u001b', '\uFFFD');
        Assert.Equal(shown, Page.QuerySelectorAll(".sample dd")[2].TextContent);
        Assert.Equal(shown + " 0.00", Page.QuerySelectorAll(".sample h3")[1].TextContent);
        Assert.EndsWith(shown, Page.QuerySelector("pre")!.TextContent);
        foreach (IAttr attribute in Page.All.SelectMany(element => element.Attributes))
            Assert.False(attribute.Name.StartsWith("on", StringComparison.OrdinalIgnoreCase), attribute.Name);
    }

    [Fact]
    public void Any_text_survives_as_text() => Gen.String[Gen.Char, 0, 30].Sample(text =>
    {
        // Lone surrogates are no text; the parser itself turns other forbidden code points into U+FFFD.
        string expected = string.Concat(text.EnumerateRunes().Select(rune => System.Text.Rune.IsControl(rune) && rune.Value is not ('\n' or '\t') ? "\uFFFD" : rune.ToString()));
        IDocument page = new HtmlParser().ParseDocument(new HtmlText().Add($"<i title=\"{text}\">.{text}</i>").ToString());
        Assert.Equal("." + expected, page.QuerySelector("i")!.TextContent);
        Assert.Equal(expected, page.QuerySelector("i")!.GetAttribute("title"));
    });

    [Fact]
    public void The_funnel_bars_show_the_share_kept_of_what_was_read()
    {
        string?[] widths = [.. Page.QuerySelectorAll(".funnel .kept").Select(bar => bar.GetAttribute("style"))];
        Assert.Equal("width:96.55%", widths[0]); // 131,200 of 135,889
        Assert.Equal("width:42.61%", widths[3]); // 57,900 of 135,889
        Assert.Contains("exact duplicate 56,890", Page.QuerySelectorAll(".funnel tbody tr")[1].TextContent);
    }
}
