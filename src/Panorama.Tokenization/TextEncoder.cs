using System.Text;
using Panorama.Tokenization.AddedTokens;
using Panorama.Tokenization.ChatTemplates;
using Panorama.Tokenization.Models;
using Panorama.Tokenization.PreTokenizers;

namespace Panorama.Tokenization;

/// <summary>Encodes text with a word cache and scratch space of its own. Used by one thread at a time.</summary>
/// <param name="pipeline">What to run, shared.</param>
internal sealed class TextEncoder(TextPipeline pipeline)
{
    private const int SinkSize = 512;
    private readonly WordCache _cache = new();
    private readonly PieceList _pieces = new();

    /// <summary>Appends the tokens of a text.</summary>
    /// <param name="text">Bytes, meant as UTF-8.</param>
    /// <param name="output">Takes the ids.</param>
    /// <param name="parseSpecial">Whether control tokens written in the text are read.</param>
    public void Encode(ReadOnlySpan<byte> text, List<int> output, bool parseSpecial) => Encode(text, atStart: true, output, parseSpecial);

    /// <summary>Appends the tokens of a text whose control tokens are known: no other becomes one.</summary>
    /// <param name="text">Bytes, meant as UTF-8.</param>
    /// <param name="controls">Apart and in order.</param>
    /// <param name="output">Takes the ids.</param>
    public void Encode(ReadOnlySpan<byte> text, List<ControlToken> controls, List<int> output)
    {
        int at = 0;
        foreach (ControlToken control in controls)
        {
            Encode(text[at..control.Start], at == 0, output, parseSpecial: false);
            output.Add(control.Id);
            at = control.End;
        }

        Encode(text[at..], at == 0, output, parseSpecial: false);
    }

    private void Encode(ReadOnlySpan<byte> text, bool atStart, List<int> output, bool parseSpecial)
    {
        AddedTokenMatcher? matcher = pipeline.Matcher(parseSpecial, normalized: false);
        int at = 0;
        while (matcher is not null && matcher.TryFind(text, at, out int start, out int end, out int id))
        {
            EncodePart(text[at..start], atStart && at == 0, output, parseSpecial);
            output.Add(id);
            at = end;
        }

        EncodePart(text[at..], atStart && at == 0, output, parseSpecial);
    }

    private void EncodePart(ReadOnlySpan<byte> text, bool atStart, List<int> output, bool parseSpecial)
    {
        if (text.IsEmpty) return;
        if (pipeline.Normalizer is not null) text = Normalized(text, atStart);
        AddedTokenMatcher? matcher = pipeline.Matcher(parseSpecial, normalized: true);
        int at = 0;
        while (matcher is not null && matcher.TryFind(text, at, out int start, out int end, out int id))
        {
            EncodeWords(text[at..start], atStart && at == 0, output);
            output.Add(id);
            at = end;
        }

        EncodeWords(text[at..], atStart && at == 0, output);
    }

    // What a normalizer leaves alone stays as it is, byte for byte.
    private ReadOnlySpan<byte> Normalized(ReadOnlySpan<byte> text, bool atStart)
    {
        if (pipeline.Normalizer is Normalizers.FormNormalizer && Ascii.IsValid(text)) return text;
        string before = Encoding.UTF8.GetString(text);
        string after = pipeline.Normalizer!.Normalize(before, atStart);
        return string.Equals(before, after, StringComparison.Ordinal) ? text : Encoding.UTF8.GetBytes(after);
    }

    private void EncodeWords(ReadOnlySpan<byte> text, bool atStart, List<int> output)
    {
        if (text.IsEmpty) return;
        var sink = new TokenSink(output, stackalloc int[SinkSize]);
        switch (pipeline.Scanner)
        {
            case SplitPattern.Llama3: Scan<Llama3Scanner>(text, ref sink); break;
            case SplitPattern.Qwen2: Scan<Qwen2Scanner>(text, ref sink); break;
            case SplitPattern.Gpt2: Scan<Gpt2Scanner>(text, ref sink); break;
            case SplitPattern.Gpt4o: Scan<Gpt4oScanner>(text, ref sink); break;
            case SplitPattern.DeepSeekV3: Scan<DeepSeekScanner>(text, ref sink); break;
            default: RunSteps(text, atStart, ref sink); break;
        }

        sink.Flush();
    }

    private void Scan<TScanner>(ReadOnlySpan<byte> text, ref TokenSink sink)
        where TScanner : struct, IScanner
    {
        WordModel model = pipeline.Model;
        WordCache cache = _cache;
        int start = 0;
        while (start < text.Length)
        {
            int end = TScanner.WordEnd(text, start);
            model.Encode(text[start..end], cache, ref sink);
            start = end;
        }
    }

    private void RunSteps(ReadOnlySpan<byte> text, bool atStart, ref TokenSink sink)
    {
        _pieces.Reset(text, atStart);
        foreach (PreTokenizer step in pipeline.Steps) step.Apply(_pieces);
        ReadOnlySpan<byte> cut = _pieces.Text;
        foreach (Piece piece in _pieces.Pieces) pipeline.Model.Encode(cut[piece.Start..piece.End], _cache, ref sink);
        _pieces.Trim();
    }
}
