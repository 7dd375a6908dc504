using System.Net;
using System.Text;

namespace Panorama.Data.Sources.Extraction;

/// <summary>Takes the marks out of a line of Markdown. Comments may span lines.</summary>
/// <param name="text">Where the plain text goes.</param>
internal sealed class MarkdownInline(StringBuilder text)
{
    // How far the end of code or of a tag is sought, so that a line of opening marks costs no quadratic time.
    private const int Farthest = 1000;

    private readonly Dictionary<int, int> _linkEnds = [];
    private readonly Stack<int> _squares = new(), _rounds = new();
    private int[] _closing = [];

    /// <summary>Whether a comment is open at the end of the last line.</summary>
    public bool InComment { get; private set; }

    /// <summary>Adds a line's plain text.</summary>
    /// <param name="line">The line without block marks and line end.</param>
    public void Append(ReadOnlySpan<char> line)
    {
        _linkEnds.Clear();
        PairBrackets(line);
        for (int i = 0; i < line.Length;)
        {
            if (InComment)
                i = LeaveComment(line, i);
            else if (_linkEnds.TryGetValue(i, out int next))
                i = next;
            else
                i = AppendAt(line, i);
        }
    }

    private int AppendAt(ReadOnlySpan<char> line, int i)
    {
        ReadOnlySpan<char> rest = line[i..];
        switch (line[i])
        {
            case '\\' when rest.Length > 1 && char.IsAscii(rest[1]) && (char.IsPunctuation(rest[1]) || char.IsSymbol(rest[1])):
                text.Append(rest[1]);
                return i + 2;
            case '`':
                return i + AppendCode(rest);
            case '<':
                return i + AppendTag(rest);
            case '!' when rest.StartsWith("![", StringComparison.Ordinal) && LinkEnd(line, i + 1):
                return i + 2;
            case '[' when rest.StartsWith("[^", StringComparison.Ordinal) && rest.IndexOf(']') is > 0 and < 40 and var end:
                return i + end + 1;
            case '[' when LinkEnd(line, i):
                return i + 1;
            case '*' or '_' or '~':
                return i + AppendEmphasis(line, i);
            case '&' when rest[..Math.Min(rest.Length, 32)].IndexOf(';') is > 1 and var semicolon:
                text.Append(WebUtility.HtmlDecode(rest[..(semicolon + 1)].ToString()));
                return i + semicolon + 1;
            default:
                text.Append(line[i]);
                return i + 1;
        }
    }

    private int LeaveComment(ReadOnlySpan<char> line, int i)
    {
        int end = line[i..].IndexOf("-->", StringComparison.Ordinal);
        InComment = end < 0;
        return end < 0 ? line.Length : i + end + 3;
    }

    // `code`, ``code with ` in it``
    private int AppendCode(ReadOnlySpan<char> rest)
    {
        int ticks = rest.IndexOfAnyExcept('`');
        ticks = ticks < 0 ? rest.Length : ticks;
        ReadOnlySpan<char> content = rest[ticks..Math.Min(rest.Length, ticks + Farthest)];
        int close = content.IndexOf(rest[..ticks], StringComparison.Ordinal);
        if (close < 0)
        {
            text.Append(rest[..ticks]);
            return ticks;
        }

        text.Append(content[..close].Trim());
        return ticks + close + ticks;
    }

    private int AppendTag(ReadOnlySpan<char> rest)
    {
        if (rest.StartsWith("<!--", StringComparison.Ordinal))
        {
            InComment = true;
            return 4;
        }

        int close = rest[..Math.Min(rest.Length, Farthest)].IndexOf('>');
        if (close < 2 || !(char.IsAsciiLetter(rest[1]) || rest[1] is '/' or '!' or '?'))
        {
            text.Append('<');
            return 1;
        }

        ReadOnlySpan<char> inside = rest[1..close];
        if (inside.IndexOfAny(' ', '\t') < 0 && inside.IndexOfAny(':', '@') > 0)
            text.Append(inside); // an address in angle brackets
        return close + 1;
    }

    // Whether a link starts here; if so, remembers where its words end and where to go on after its target.
    private bool LinkEnd(ReadOnlySpan<char> line, int at)
    {
        int close = _closing[at];
        if (close < 0 || close + 1 >= line.Length || line[close + 1] is not ('(' or '[') || _closing[close + 1] < 0)
            return false;
        _linkEnds[close] = _closing[close + 1] + 1;
        return true;
    }

    // For each opening bracket the place of its closing one, or -1: in one pass, for a line may hold nothing but brackets.
    private void PairBrackets(ReadOnlySpan<char> line)
    {
        if (_closing.Length < line.Length)
            _closing = new int[Math.Max(line.Length, 2 * _closing.Length)];
        _closing.AsSpan(0, line.Length).Fill(-1);
        _squares.Clear();
        _rounds.Clear();
        for (int i = 0; i < line.Length; i++)
        {
            switch (line[i])
            {
                case '\\':
                    i++;
                    break;
                case '[':
                    _squares.Push(i);
                    break;
                case '(':
                    _rounds.Push(i);
                    break;
                case ']' when _squares.TryPop(out int open):
                    _closing[open] = i;
                    break;
                case ')' when _rounds.TryPop(out int open):
                    _closing[open] = i;
                    break;
            }
        }
    }

    // Marks that touch a word emphasize it; underscores within a word, and marks between spaces, are text.
    private int AppendEmphasis(ReadOnlySpan<char> line, int i)
    {
        char mark = line[i];
        int length = line[i..].IndexOfAnyExcept(mark);
        length = length < 0 ? line.Length - i : length;
        char before = i == 0 ? ' ' : line[i - 1], after = i + length == line.Length ? ' ' : line[i + length];
        bool free = char.IsWhiteSpace(before) && char.IsWhiteSpace(after);
        bool within = mark == '_' && char.IsLetterOrDigit(before) && char.IsLetterOrDigit(after);
        if (free || within || (mark == '~' && length != 2))
            text.Append(mark, length);
        return length;
    }
}
