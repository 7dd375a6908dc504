using System.Collections.Frozen;
using System.Text;
using AngleSharp.Dom;

namespace Panorama.Data.Sources.Extraction;

/// <summary>Plain text of a part of a page, with a line for each block. Walks without recursion: pages may be nested without end.</summary>
internal static class HtmlBlocks
{
    private static readonly FrozenSet<string> Skipped = Set(
        "script", "style", "noscript", "template", "svg", "math", "iframe", "object", "nav", "header", "footer", "aside", "form", "button", "select", "head");

    private static readonly FrozenSet<string> Blocks = Set(
        "address", "article", "blockquote", "body", "caption", "dd", "details", "div", "dl", "dt", "fieldset", "figcaption", "figure",
        "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "main", "ol", "p", "pre", "section", "summary", "table", "tr", "ul");

    private static readonly FrozenSet<string> Paragraphs = Set("p", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "table", "ul", "ol", "blockquote");

    /// <summary>The text below an element.</summary>
    /// <param name="root">The element.</param>
    public static string Text(IElement root)
    {
        var text = new BlockText();
        INode node = root;
        while (true)
        {
            if (Visit(node, root, text) && node.FirstChild is { } child)
            {
                node = child;
                continue;
            }

            Leave(node, root, text);
            while (node != root && node.NextSibling is null)
            {
                node = node.Parent!;
                Leave(node, root, text);
            }

            if (node == root)
                return text.ToString();
            node = node.NextSibling!;
        }
    }

    /// <summary>How deeply elements are nested.</summary>
    /// <param name="root">The page.</param>
    public static int Depth(INode root)
    {
        int depth = 0, deepest = 0;
        INode? node = root;
        while (node is not null)
        {
            if (node.FirstChild is { } child)
            {
                node = child;
                deepest = Math.Max(deepest, ++depth);
                continue;
            }

            while (node is not null && node != root && node.NextSibling is null)
            {
                node = node.Parent;
                depth--;
            }

            node = node is null || node == root ? null : node.NextSibling;
        }

        return deepest;
    }

    private static bool Visit(INode node, IElement root, BlockText text)
    {
        if (node is IText words)
        {
            text.Append(words.Data);
            return false;
        }

        if (node is not IElement element || IsSkipped(element, root))
            return false;
        if (element.LocalName is "br")
            text.BreakLine();
        else if (element.LocalName is "td" or "th")
            text.BreakWord();
        else if (Blocks.Contains(element.LocalName))
            text.BreakBlock(Paragraphs.Contains(element.LocalName));
        if (element.LocalName is "pre")
            text.Preformatted++;
        return true;
    }

    private static void Leave(INode node, IElement root, BlockText text)
    {
        if (node is not IElement element || IsSkipped(element, root))
            return;
        if (Blocks.Contains(element.LocalName))
            text.BreakBlock(Paragraphs.Contains(element.LocalName));
        if (element.LocalName is "pre")
            text.Preformatted--;
    }

    private static bool IsSkipped(IElement element, IElement root) =>
        element != root && (Skipped.Contains(element.LocalName) || element.HasAttribute("hidden"));

    private static FrozenSet<string> Set(params string[] names) => names.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Collects words into lines and paragraphs.</summary>
    private sealed class BlockText
    {
        private readonly StringBuilder _text = new(), _indent = new();
        private int _breaks;
        private bool _space;

        /// <summary>How many elements that keep white space are open.</summary>
        public int Preformatted { get; set; }

        public void Append(string data)
        {
            foreach (char c in data)
            {
                if (Preformatted > 0 && c == '\n')
                    BreakLine();
                else if (Preformatted > 0 && char.IsWhiteSpace(c))
                    _indent.Append(c);
                else if (char.IsWhiteSpace(c))
                    _space = true;
                else
                    Put(c);
            }
        }

        public void BreakWord() => _space = true;

        public void BreakLine() => Break(Math.Min(2, _breaks + 1));

        public void BreakBlock(bool paragraph) => Break(Math.Max(_breaks, paragraph ? 2 : 1));

        public override string ToString() => _text.ToString();

        private void Break(int lines)
        {
            _breaks = lines;
            _space = false;
            _indent.Clear();
        }

        private void Put(char c)
        {
            if (_text.Length > 0)
                _text.Append('\n', _breaks).Append(_space && _breaks == 0 ? " " : "").Append(_indent);
            _breaks = 0;
            _space = false;
            _indent.Clear();
            _text.Append(c);
        }
    }
}
