using System.Buffers;
using System.Text;
using Panorama.Core.Errors;
using Panorama.Tokenization.AddedTokens;
using Panorama.Tokenization.Models;
using Panorama.Tokenization.Serialization;

namespace Panorama.Tokenization;

/// <summary>
/// A byte-level BPE tokenizer in the <c>tokenizer.json</c> format of Hugging Face. Works on bytes, whatever they are:
/// <c>DecodeBytes(Encode(bytes)) == bytes</c>. Immutable; every member may be called from any number of threads.
/// </summary>
public sealed class Tokenizer
{
    private readonly TokenizerDefinition _definition;
    private readonly Vocabulary _vocabulary;
    private readonly WordEncoderPool _encoders;
    private readonly AddedTokenMatcher? _plainMatcher;   // added tokens that are not special
    private readonly AddedTokenMatcher? _specialMatcher; // all added tokens
    private readonly bool[] _isSpecial;

    internal Tokenizer(TokenizerDefinition definition)
    {
        _definition = definition;
        _isSpecial = new bool[definition.Tokens.Length];
        var isAdded = new bool[definition.Tokens.Length];
        foreach (AddedToken token in definition.AddedTokens)
        {
            isAdded[token.Id] = true;
            _isSpecial[token.Id] = token.Special;
        }

        _vocabulary = new Vocabulary(definition.Tokens, id => isAdded[id]);
        TokenIndex? wholeWords = definition.IgnoreMerges
            ? new TokenIndex(_vocabulary, Enumerable.Range(0, _vocabulary.Count).Where(id => definition.InModel[id] && !_isSpecial[id]))
            : null;
        _encoders = new WordEncoderPool(new BpeModel(_vocabulary, definition.Merges, wholeWords), definition.Pattern);
        if (definition.AddedTokens.Any(static t => !t.Special)) _plainMatcher = new AddedTokenMatcher(definition.AddedTokens.Where(static t => !t.Special));
        if (definition.AddedTokens.Count > 0) _specialMatcher = new AddedTokenMatcher(definition.AddedTokens);
        SpecialTokens = definition.AddedTokens.Where(static t => t.Special).ToDictionary(static t => t.Content, static t => t.Id, StringComparer.Ordinal).AsReadOnly();
    }

    /// <summary>Number of tokens, special ones included; ids are 0 to <c>VocabularySize - 1</c>.</summary>
    public int VocabularySize => _vocabulary.Count;

    /// <summary>The control tokens and their ids.</summary>
    public IReadOnlyDictionary<string, int> SpecialTokens { get; }

    /// <summary>Reads a <c>tokenizer.json</c>.</summary>
    /// <param name="path">The file, or a folder that holds one.</param>
    /// <exception cref="InputException">There is no such file, or it cannot be read.</exception>
    /// <exception cref="InvalidFileException">The file breaks a rule of the format or has a part that is not supported; the message names it.</exception>
    public static Tokenizer Load(string path) => new(TokenizerJsonReader.Read(path));

    /// <summary>Writes <c>tokenizer.json</c>; an existing file is replaced at once or not at all.</summary>
    /// <param name="path">A path that ends in <c>.json</c>, or else a folder, made when missing.</param>
    /// <exception cref="JobException">The file cannot be written.</exception>
    public void Save(string path) => TokenizerJsonWriter.Write(_definition, path);

    /// <summary>The id of a token as it is written in the file (<c>Ġthe</c>, <c>&lt;|im_end|&gt;</c>), or null.</summary>
    public int? TokenToId(string token) => _vocabulary.Find(token);

    /// <summary>The token as it is written in the file; byte-level tokens in the GPT-2 byte alphabet.</summary>
    /// <exception cref="InputException">The id is outside the vocabulary.</exception>
    public string IdToToken(int id) => _vocabulary.Text(Checked(id));

    /// <summary>Encodes text; nothing is put before or after it. Lone surrogates become U+FFFD.</summary>
    /// <param name="text">The text.</param>
    /// <param name="parseSpecial">
    /// Whether special tokens written in the text become control tokens. Leave it off for user text: then no text can make one.
    /// </param>
    public int[] Encode(string text, bool parseSpecial = false)
    {
        byte[] utf8 = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetByteCount(text));
        try
        {
            var output = new List<int>((text.Length / 4) + 8);
            Encode(utf8.AsSpan(0, Encoding.UTF8.GetBytes(text, utf8)), output, parseSpecial);
            return [.. output];
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(utf8);
        }
    }

    /// <summary>Encodes bytes as they are, valid UTF-8 or not, and appends the ids.</summary>
    /// <param name="utf8">The bytes.</param>
    /// <param name="output">Ids are appended here.</param>
    /// <param name="parseSpecial">Whether special tokens written in the text become control tokens.</param>
    public void Encode(ReadOnlySpan<byte> utf8, List<int> output, bool parseSpecial = false)
    {
        WordEncoder encoder = _encoders.Rent();
        AddedTokenMatcher? matcher = parseSpecial ? _specialMatcher : _plainMatcher;
        while (matcher is not null && matcher.TryFind(utf8, out int at, out int length, out int id))
        {
            encoder.Encode(utf8[..at], output);
            output.Add(id);
            utf8 = utf8[(at + length)..];
        }

        encoder.Encode(utf8, output);
        _encoders.Return(encoder);
    }

    /// <summary>Puts the special tokens around a sequence that the file's post-processor asks for (none in most files).</summary>
    public int[] AddSpecialTokens(ReadOnlySpan<int> ids) => [.. _definition.Template.Before, .. ids, .. _definition.Template.After];

    /// <summary>Decodes to text; bytes that are no UTF-8 become U+FFFD.</summary>
    /// <param name="ids">Token ids.</param>
    /// <param name="skipSpecial">Whether special tokens are left out.</param>
    /// <exception cref="InputException">An id is outside the vocabulary.</exception>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecial = true) => Encoding.UTF8.GetString(DecodeBytes(ids, skipSpecial));

    /// <summary>Decodes to the bytes that were encoded.</summary>
    /// <param name="ids">Token ids.</param>
    /// <param name="skipSpecial">Whether special tokens are left out.</param>
    /// <exception cref="InputException">An id is outside the vocabulary.</exception>
    public byte[] DecodeBytes(ReadOnlySpan<int> ids, bool skipSpecial = true)
    {
        int length = 0;
        foreach (int id in ids) length = checked(length + BytesOf(id, skipSpecial).Length);
        var bytes = new byte[length];
        Span<byte> rest = bytes;
        foreach (int id in ids)
        {
            ReadOnlySpan<byte> token = BytesOf(id, skipSpecial);
            token.CopyTo(rest);
            rest = rest[token.Length..];
        }

        return bytes;
    }

    /// <summary>Starts decoding token by token, in whole characters.</summary>
    /// <param name="skipSpecial">Whether special tokens are left out.</param>
    public StreamingDecoder CreateStreamingDecoder(bool skipSpecial = true) => new(this, skipSpecial);

    /// <summary>The bytes a token adds to the text.</summary>
    internal ReadOnlySpan<byte> BytesOf(int id, bool skipSpecial) => _isSpecial[Checked(id)] && skipSpecial ? [] : _vocabulary.Bytes(id);

    private int Checked(int id) => (uint)id < (uint)_vocabulary.Count
        ? id
        : throw new InputException($"token id {id} is outside the vocabulary; allowed: 0 to {_vocabulary.Count - 1}. Is this the tokenizer of that model?");
}
