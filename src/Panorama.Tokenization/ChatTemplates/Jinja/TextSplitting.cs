using System.Buffers;

namespace Panorama.Tokenization.ChatTemplates.Jinja;

/// <summary>Cuts strings as Python's <c>split</c>, <c>partition</c> and <c>splitlines</c> do.</summary>
internal static class TextSplitting
{
    private static readonly SearchValues<char> LineEnds = SearchValues.Create("\n\r\v\f\u001C\u001D\u001E\u0085\u2028\u2029");

    /// <summary><c>split</c> and <c>rsplit</c>: at a separator, or at runs of white space without one.</summary>
    public static JinjaList Split(JinjaText text, JinjaArguments arguments, bool fromEnd)
    {
        arguments.Allow(2, "sep", "maxsplit");
        long most = arguments.Integer(1, "maxsplit") ?? -1;
        if (most < 0) most = long.MaxValue;
        JinjaText? separator = arguments.Text(0, "sep");
        if (separator is { Length: 0 }) throw arguments.Run.Fail("the separator is empty");
        List<JinjaText> parts = (separator, fromEnd) switch
        {
            (null, false) => Words(text, most),
            (null, true) => WordsFromEnd(text, most),
            (_, false) => Parts(text, separator.Value, most),
            _ => PartsFromEnd(text, separator.Value, most),
        };
        arguments.Run.Charge((text.Length / 8) + parts.Count);
        return new JinjaList(parts);
    }

    /// <summary><c>partition</c> and <c>rpartition</c>.</summary>
    public static JinjaList Partition(JinjaText text, JinjaArguments arguments, bool fromEnd)
    {
        string separator = arguments.RequiredText(0, "sep").Value;
        if (separator.Length == 0) throw arguments.Run.Fail("the separator is empty");
        int at = fromEnd ? text.Value.LastIndexOf(separator, StringComparison.Ordinal) : text.Value.IndexOf(separator, StringComparison.Ordinal);
        if (at < 0) return new JinjaList(fromEnd ? [JinjaText.Empty, JinjaText.Empty, text] : [text, JinjaText.Empty, JinjaText.Empty], isTuple: true);
        int end = at + separator.Length;
        return new JinjaList([text.Slice(0, at), text.Slice(at, separator.Length), text.Slice(end, text.Length - end)], isTuple: true);
    }

    /// <summary><c>splitlines</c>.</summary>
    public static JinjaList Lines(JinjaText text, JinjaArguments arguments)
    {
        arguments.Allow(1, "keepends");
        bool keepEnds = arguments.IsTrue(0, "keepends");
        var lines = new List<JinjaText>();
        for (int at = 0; at < text.Length;)
        {
            int end = text.Value.AsSpan(at).IndexOfAny(LineEnds);
            end = end < 0 ? text.Length : at + end;
            int next = end == text.Length ? end : end + (text.Value.AsSpan(end).StartsWith("\r\n") ? 2 : 1);
            lines.Add(text.Slice(at, (keepEnds ? next : end) - at));
            at = next;
        }

        arguments.Run.Charge((text.Length / 8) + lines.Count);
        return new JinjaList(lines);
    }

    private static List<JinjaText> Parts(JinjaText text, string separator, long most)
    {
        var parts = new List<JinjaText>();
        int from = 0;
        for (int at; parts.Count < most && (at = text.Value.IndexOf(separator, from, StringComparison.Ordinal)) >= 0; from = at + separator.Length) parts.Add(text.Slice(from, at - from));
        parts.Add(text.Slice(from, text.Length - from));
        return parts;
    }

    private static List<JinjaText> PartsFromEnd(JinjaText text, string separator, long most)
    {
        var parts = new List<JinjaText>();
        int to = text.Length;
        while (parts.Count < most && text.Value.AsSpan(0, to).LastIndexOf(separator, StringComparison.Ordinal) is >= 0 and var at)
        {
            parts.Add(text.Slice(at + separator.Length, to - at - separator.Length));
            to = at;
        }

        parts.Add(text.Slice(0, to));
        parts.Reverse();
        return parts;
    }

    private static List<JinjaText> Words(JinjaText text, long most)
    {
        var words = new List<JinjaText>();
        int at = 0;
        while (true)
        {
            while (at < text.Length && PythonText.IsSpace(text.Value[at])) at++;
            if (at == text.Length) return words;
            int start = at;
            if (words.Count == most)
            {
                words.Add(text.Slice(start, text.Length - start));
                return words;
            }

            while (at < text.Length && !PythonText.IsSpace(text.Value[at])) at++;
            words.Add(text.Slice(start, at - start));
        }
    }

    private static List<JinjaText> WordsFromEnd(JinjaText text, long most)
    {
        var words = new List<JinjaText>();
        int at = text.Length;
        while (true)
        {
            while (at > 0 && PythonText.IsSpace(text.Value[at - 1])) at--;
            if (at == 0) break;
            int end = at;
            if (words.Count == most) at = 0;
            while (at > 0 && !PythonText.IsSpace(text.Value[at - 1])) at--;
            words.Add(text.Slice(at, end - at));
            if (at == 0) break;
        }

        words.Reverse();
        return words;
    }
}
