using System.Text;

namespace Panorama.Data.Sources.Xml;

/// <summary>Collects running text: white space runs become one space, none at the ends; code may keep its lines.</summary>
internal sealed class ProseWriter
{
    private readonly StringBuilder _text = new();
    private bool _space;

    /// <summary>Characters so far.</summary>
    public int Length => _text.Length;

    /// <summary>Adds text in which white space only separates words.</summary>
    /// <param name="prose">The text.</param>
    public void Append(ReadOnlySpan<char> prose)
    {
        int i = 0;
        while (i < prose.Length)
        {
            if (char.IsWhiteSpace(prose[i]))
            {
                _space = true;
                i++;
                continue;
            }

            int start = i;
            while (i < prose.Length && !char.IsWhiteSpace(prose[i]))
                i++;
            FlushSpace();
            _text.Append(prose[start..i]);
        }
    }

    /// <summary>Makes sure that what follows is a new word.</summary>
    public void Break() => _space = true;

    /// <summary>Sets a sign after the last word, unless that already ends in punctuation or there is none.</summary>
    /// <param name="sign">For example ";".</param>
    /// <param name="from">Where the text to look at starts.</param>
    public void Punctuate(char sign, int from)
    {
        if (_text.Length > from && _text[^1] is not ('.' or ';' or ':' or ',' or '!' or '?'))
            _text.Append(sign);
        _space = true;
    }

    /// <summary>Adds code with its line structure, the common indentation removed.</summary>
    /// <param name="code">The code as written.</param>
    public void AppendCode(string code)
    {
        string[] lines = code.ReplaceLineEndings("\n").Split('\n');
        int first = Array.FindIndex(lines, l => !string.IsNullOrWhiteSpace(l));
        if (first < 0)
            return;
        int last = Array.FindLastIndex(lines, l => !string.IsNullOrWhiteSpace(l));
        if (first == last)
        {
            Append(lines[first]);
            return;
        }

        int indent = int.MaxValue;
        for (int i = first; i <= last; i++)
        {
            if (!string.IsNullOrWhiteSpace(lines[i]))
                indent = Math.Min(indent, lines[i].Length - lines[i].AsSpan().TrimStart().Length);
        }

        for (int i = first; i <= last; i++)
        {
            if (_text.Length > 0)
                _text.Append('\n');
            if (lines[i].Length > indent)
                _text.Append(lines[i].AsSpan(indent).TrimEnd());
        }

        _text.Append('\n');
        _space = false;
    }

    /// <summary>Takes the text out and starts anew.</summary>
    public string Take()
    {
        string text = _text.ToString().TrimEnd();
        _text.Clear();
        _space = false;
        return text;
    }

    private void FlushSpace()
    {
        if (_space && _text.Length > 0 && _text[^1] != '\n')
            _text.Append(' ');
        _space = false;
    }
}
