using System.Runtime.InteropServices;
using System.Text;
using Panorama.Tokenization.AddedTokens;

namespace Panorama.Tokenization.ChatTemplates;

/// <summary>Finds control tokens in text of which only parts may make them.</summary>
internal sealed class ControlTokenFinder
{
    private readonly AddedTokenMatcher _matcher;
    private readonly Dictionary<int, byte[]> _contents; // by id

    /// <summary>Indexes the control tokens. One that files look for in normalized text is looked for as it is written.</summary>
    public ControlTokenFinder(IEnumerable<AddedToken> tokens)
    {
        AddedToken[] control = [.. tokens.Where(static token => token.Special)];
        _matcher = new AddedTokenMatcher(control);
        _contents = control.ToDictionary(static token => token.Id, static token => Encoding.UTF8.GetBytes(token.Content));
    }

    /// <summary>The control tokens, leftmost and longest first.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="allowed">For each byte, whether it may be part of a control token.</param>
    public List<ControlToken> Find(ReadOnlySpan<byte> utf8, ReadOnlySpan<bool> allowed)
    {
        var found = new List<ControlToken>();
        int from = 0;
        while (_contents.Count > 0 && _matcher.TryFind(utf8, from, out int start, out int end, out int id))
        {
            // Blank space that a token takes with it may come from anywhere.
            byte[] content = _contents[id];
            int first = start + utf8[start..end].IndexOf(content);
            if (allowed.Slice(first, content.Length).Contains(false))
            {
                from = first + 1;
                continue;
            }

            found.Add(new ControlToken(start, end, id));
            from = end;
        }

        return found;
    }
}

/// <summary>A control token in a text.</summary>
/// <param name="Start">Its first byte, with the blank space that it takes.</param>
/// <param name="End">Behind its last byte.</param>
/// <param name="Id">Its id.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ControlToken(int Start, int End, int Id);
