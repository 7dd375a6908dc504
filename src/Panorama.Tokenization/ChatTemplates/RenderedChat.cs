using System.Text;
using Panorama.Tokenization.ChatTemplates.Jinja;

namespace Panorama.Tokenization.ChatTemplates;

/// <summary>A chat as a template wrote it, which remembers what of its text the template wrote and what came from outside.</summary>
public sealed class RenderedChat
{
    private readonly JinjaText _text;

    internal RenderedChat(JinjaText text, IReadOnlyList<(int Start, int End)> generations) => (_text, Generations) = (text, generations);

    /// <summary>The text; encoded with <c>parseSpecial: true</c> it would let messages make control tokens, so use <see cref="Encode(Tokenizer)"/>.</summary>
    public string Text => _text.Value;

    /// <summary>What the template marks as the assistant's by <c>generation</c> blocks.</summary>
    internal IReadOnlyList<(int Start, int End)> Generations { get; }

    /// <summary>Runs of one origin.</summary>
    internal ReadOnlySpan<TextRun> Runs => _text.Runs;

    /// <summary>
    /// The tokens. Special tokens are found only in text of the template: the ids are those of the whole text with special tokens
    /// parsed, as other engines have them, unless something from outside spells a special token, which stays plain text then.
    /// </summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <exception cref="Panorama.Core.Errors.InputException">The vocabulary has neither a token for a part of the text nor one for unknown parts.</exception>
    public int[] Encode(Tokenizer tokenizer) => Encode(tokenizer, 0, Text.Length);

    /// <summary>The tokens of a part of the text.</summary>
    internal int[] Encode(Tokenizer tokenizer, int start, int end)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        (byte[] utf8, bool[] isTemplate) = Bytes(start, end);
        var ids = new List<int>((utf8.Length / 3) + 8);
        tokenizer.Encode(utf8, tokenizer.ControlTokens.Find(utf8, isTemplate), ids);
        return [.. ids];
    }

    /// <summary>UTF-8, and for each byte whether the template wrote it.</summary>
    private (byte[] Utf8, bool[] IsTemplate) Bytes(int start, int end)
    {
        var isTemplateChar = new bool[Text.Length];
        int at = 0;
        foreach (TextRun run in Runs)
        {
            if (run.Origin == Origin.Template) isTemplateChar.AsSpan(at, run.Length).Fill(true);
            at += run.Length;
        }

        byte[] utf8 = new byte[Encoding.UTF8.GetByteCount(Text.AsSpan(start, end - start))];
        bool[] isTemplate = new bool[utf8.Length];
        at = start;
        int written = 0;
        foreach (Rune rune in Text.AsSpan(start, end - start).EnumerateRunes())
        {
            int length = rune.EncodeToUtf8(utf8.AsSpan(written));
            isTemplate.AsSpan(written, length).Fill(!isTemplateChar.AsSpan(at, Math.Min(rune.Utf16SequenceLength, end - at)).Contains(false));
            written += length;
            at += rune.Utf16SequenceLength;
        }

        return (utf8, isTemplate);
    }
}
