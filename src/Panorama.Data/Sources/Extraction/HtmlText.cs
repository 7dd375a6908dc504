using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using SmartReader;

namespace Panorama.Data.Sources.Extraction;

/// <summary>
/// The main text of a web page: SmartReader's article where it finds one, otherwise, and on short pages where it would lose
/// much, the body without navigation and the like. Nothing is fetched and no script runs.
/// </summary>
internal static class HtmlText
{
    // Beyond this, finding the article costs too much, or its recursion too much stack.
    private const int LargestForReader = 2 << 20;
    private const int DeepestForReader = 256;

    // An article must be this long, and hold this share of the body's text, to be trusted over it.
    private const int ShortPage = 500;
    private const double TrustedShare = 0.3;

    // SmartReader wants an address to resolve links with; links are not kept.
    private const string NoAddress = "https://localhost/";

    private static readonly HtmlParser Parser = new(new HtmlParserOptions { IsScripting = false });

    /// <summary>Extracts the text of a page; null when its elements are nested too deeply to be read.</summary>
    /// <param name="html">The page's source.</param>
    public static ExtractedText? Extract(string html)
    {
        if (!HtmlShape.IsReasonable(html))
            return null;
        using IHtmlDocument page = Parser.ParseDocument(html);
        string? title = NullIfEmpty(page.Title?.Trim());
        string? language = NullIfEmpty(page.DocumentElement?.GetAttribute("lang")?.Trim());
        string body = page.Body is null ? "" : HtmlBlocks.Text(page.Body);
        string article = html.Length <= LargestForReader && body.Length >= ShortPage && HtmlBlocks.Depth(page) <= DeepestForReader
            ? Article(html)
            : "";
        bool trusted = article.Length >= ShortPage || article.Length >= TrustedShare * body.Length;
        return new ExtractedText(article.Length > 0 && trusted ? article : body, title, language);
    }

    private static string Article(string html)
    {
        using var reader = new Reader(NoAddress, html);
        Article article = reader.GetArticle();
        if (!article.IsReadable || string.IsNullOrEmpty(article.Content))
            return "";
        using IHtmlDocument content = Parser.ParseDocument(article.Content);
        return content.Body is null ? "" : HtmlBlocks.Text(content.Body);
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
