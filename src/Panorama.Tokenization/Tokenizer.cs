using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using Panorama.Core.Errors;
using Panorama.Tokenization.ChatTemplates;
using Panorama.Tokenization.Decoders;
using Panorama.Tokenization.PostProcessors;
using Panorama.Tokenization.Serialization;

namespace Panorama.Tokenization;

/// <summary>
/// A tokenizer: byte pair encoding, WordPiece, unigram or whole words, with the normalizers, pre-tokenizers, post-processors and decoders
/// of the <c>tokenizer.json</c> format of Hugging Face. Byte-level ones without a normalizer work on bytes, whatever they are:
/// <c>DecodeBytes(Encode(bytes)) == bytes</c>. Immutable; every member may be called from any number of threads.
/// </summary>
public sealed class Tokenizer
{
    private readonly TokenizerDefinition _definition;
    private readonly TextPipeline _pipeline;
    private readonly TextEncoderPool _encoders;
    private readonly TokenDecoder? _decoder;
    private readonly Lazy<ControlTokenFinder> _controlTokens;

    internal Tokenizer(TokenizerDefinition definition)
    {
        _definition = definition;
        _pipeline = new TextPipeline(definition);
        _encoders = new TextEncoderPool(_pipeline);
        _decoder = definition.Parts.Decoder;
        DecodesByBytes = _pipeline.IsByteLevel && _decoder is ByteLevelDecoder;
        _controlTokens = new Lazy<ControlTokenFinder>(() => new ControlTokenFinder(definition.AddedTokens));
        SpecialTokens = definition.AddedTokens.Where(static t => t.Special).ToDictionary(static t => t.Content, static t => t.Id, StringComparer.Ordinal).AsReadOnly();
    }

    /// <summary>What the tokenizer is made of.</summary>
    internal TokenizerDefinition Definition => _definition;

    /// <summary>Number of ids, special ones included; ids are 0 to <c>VocabularySize - 1</c>. Some files leave a few ids without a token.</summary>
    public int VocabularySize => _pipeline.Vocabulary.Count;

    /// <summary>The control tokens and their ids.</summary>
    public IReadOnlyDictionary<string, int> SpecialTokens { get; }

    /// <summary>Whether any bytes come back from their tokens: byte-level, and nothing normalizes.</summary>
    public bool IsLossless => DecodesByBytes && _pipeline.Normalizer is null && _definition.Parts.PreTokenizer.Steps.All(static step => step is not PreTokenizers.PrefixSpacePreTokenizer);

    /// <summary>Whether every token stands for bytes of its own.</summary>
    internal bool DecodesByBytes { get; }

    /// <summary>Whether the end of a decoded text can change with more tokens in ways that only the end settles.</summary>
    internal bool EndMayChange => _decoder is { ChangesEnd: true };

    /// <summary>
    /// Reads a tokenizer; the kind of file is seen from its content: <c>tokenizer.json</c>, a SentencePiece model (<c>tokenizer.model</c>,
    /// <c>spiece.model</c>), tiktoken ranks, GPT-2's <c>vocab.json</c> with <c>merges.txt</c> beside it, or BERT's <c>vocab.txt</c>.
    /// </summary>
    /// <param name="path">The file, or a folder that holds one.</param>
    /// <exception cref="InputException">There is no such file, or it cannot be read.</exception>
    /// <exception cref="InvalidFileException">The file breaks a rule of its format or has a part that is not known; the message names it.</exception>
    public static Tokenizer Load(string path) => new(TokenizerFile.Read(path));

    /// <summary>Writes <c>tokenizer.json</c>; an existing file is replaced at once or not at all.</summary>
    /// <param name="path">A path that ends in <c>.json</c>, or else a folder, made when missing.</param>
    /// <exception cref="JobException">The file cannot be written.</exception>
    public void Save(string path) => TokenizerJsonWriter.Write(_definition, path);

    /// <summary>The id of a token as it is written in the file (<c>Ġthe</c>, <c>&lt;|im_end|&gt;</c>), or null.</summary>
    public int? TokenToId(string token) => _pipeline.Vocabulary.Find(token);

    /// <summary>The token as it is written in the file; byte-level tokens in the GPT-2 byte alphabet. Empty where an id has no token.</summary>
    /// <exception cref="InputException">The id is outside the vocabulary.</exception>
    public string IdToToken(int id) => _pipeline.Vocabulary.Text(Checked(id));

    /// <summary>Encodes text; nothing is put before or after it. Lone surrogates become U+FFFD.</summary>
    /// <param name="text">The text.</param>
    /// <param name="parseSpecial">
    /// Whether special tokens written in the text become control tokens. Leave it off for user text: then no text can make one.
    /// </param>
    /// <exception cref="InputException">The vocabulary has neither a token for a part of the text nor one for unknown parts.</exception>
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

    /// <summary>Encodes bytes, valid UTF-8 or not, and appends the ids.</summary>
    /// <param name="utf8">The bytes.</param>
    /// <param name="output">Ids are appended here.</param>
    /// <param name="parseSpecial">Whether special tokens written in the text become control tokens.</param>
    /// <exception cref="InputException">The vocabulary has neither a token for a part of the text nor one for unknown parts.</exception>
    public void Encode(ReadOnlySpan<byte> utf8, List<int> output, bool parseSpecial = false)
    {
        TextEncoder encoder = _encoders.Rent();
        encoder.Encode(utf8, output, parseSpecial);
        _encoders.Return(encoder);
    }

    /// <summary>Whether every token adds the same bytes to the text wherever it stands, but for the start.</summary>
    internal bool IsConcatenation => DecodesByBytes || _decoder is { IsConcatenation: true };

    /// <summary>Whether a token is a control token.</summary>
    internal bool IsControl(int id) => _pipeline.IsSpecial[id];

    /// <summary>Finds control tokens where only some text may make them.</summary>
    internal ControlTokenFinder ControlTokens => _controlTokens.Value;

    /// <summary>Encodes bytes whose control tokens are known, and appends the ids.</summary>
    internal void Encode(ReadOnlySpan<byte> utf8, List<ControlToken> controls, List<int> output)
    {
        TextEncoder encoder = _encoders.Rent();
        encoder.Encode(utf8, controls, output);
        _encoders.Return(encoder);
    }

    /// <summary>Encodes many texts at once.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="threads">How many threads work; 0: one a processor. The ids do not depend on it.</param>
    /// <param name="parseSpecial">Whether special tokens written in the texts become control tokens.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>The ids of each text, in the order of the texts.</returns>
    public int[][] EncodeBatch(IReadOnlyList<string> texts, int threads = 0, bool parseSpecial = false, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var ids = new int[texts.Count][];
        InParallel(texts.Count, threads, i => ids[i] = Encode(texts[i], parseSpecial), cancellation);
        return ids;
    }

    /// <summary>Encodes one long text by several threads: it is cut where no token can cross, so the ids are those of <see cref="Encode(ReadOnlySpan{byte}, List{int}, bool)"/>.</summary>
    /// <param name="utf8">The bytes.</param>
    /// <param name="threads">How many threads work; 0: one a processor. The ids do not depend on it.</param>
    /// <param name="parseSpecial">Whether special tokens written in the text become control tokens.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <remarks>Tokenizers of which no safe cut is known (all but those of the known patterns) work in one thread.</remarks>
    public int[] EncodeLong(ReadOnlyMemory<byte> utf8, int threads = 0, bool parseSpecial = false, CancellationToken cancellation = default)
    {
        const int Part = 1 << 18;
        var starts = new List<int> { 0 };
        while (_pipeline.CanBeCut && starts[^1] + Part < utf8.Length) starts.Add(TextCuts.Next(utf8.Span, starts[^1] + Part));
        var ids = new List<int>[starts.Count];
        InParallel(starts.Count, threads, i =>
        {
            ReadOnlySpan<byte> part = utf8.Span[starts[i]..(i + 1 < starts.Count ? starts[i + 1] : utf8.Length)];
            ids[i] = new List<int>((part.Length / 3) + 8);
            Encode(part, ids[i], parseSpecial);
        }, cancellation);
        var all = new int[ids.Sum(static list => list.Count)];
        Span<int> rest = all;
        foreach (List<int> list in ids)
        {
            CollectionsMarshal.AsSpan(list).CopyTo(rest);
            rest = rest[list.Count..];
        }

        return all;
    }

    /// <summary>Puts the special tokens around a sequence that the file's post-processor asks for (none in most files).</summary>
    public int[] AddSpecialTokens(ReadOnlySpan<int> ids) => SequenceTemplate.Fill(_definition.Parts.Template.Single, ids, []);

    /// <summary>Puts the special tokens around and between two sequences that the file's post-processor asks for.</summary>
    public int[] AddSpecialTokens(ReadOnlySpan<int> first, ReadOnlySpan<int> second) => SequenceTemplate.Fill(_definition.Parts.Template.Pair, first, second);

    /// <summary>Decodes to text; bytes that are no UTF-8 become U+FFFD.</summary>
    /// <param name="ids">Token ids.</param>
    /// <param name="skipSpecial">Whether special tokens are left out.</param>
    /// <exception cref="InputException">An id is outside the vocabulary.</exception>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecial = true)
    {
        if (DecodesByBytes) return Encoding.UTF8.GetString(DecodeBytes(ids, skipSpecial));
        var tokens = new List<string>(ids.Length);
        foreach (int id in ids)
        {
            string token = IdToToken(id);
            if (token.Length > 0 && !(skipSpecial && _pipeline.IsSpecial[id])) tokens.Add(token);
        }

        return _decoder is null ? string.Join(' ', tokens) : string.Concat(_decoder.Decode(tokens));
    }

    /// <summary>Decodes to the bytes that were encoded, where the tokenizer keeps them; otherwise to UTF-8.</summary>
    /// <param name="ids">Token ids.</param>
    /// <param name="skipSpecial">Whether special tokens are left out.</param>
    /// <exception cref="InputException">An id is outside the vocabulary.</exception>
    public byte[] DecodeBytes(ReadOnlySpan<int> ids, bool skipSpecial = true)
    {
        if (!DecodesByBytes) return Encoding.UTF8.GetBytes(Decode(ids, skipSpecial));
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
    internal ReadOnlySpan<byte> BytesOf(int id, bool skipSpecial) => _pipeline.IsSpecial[Checked(id)] && skipSpecial ? [] : _pipeline.Vocabulary.Bytes(id);

    private static void InParallel(int count, int threads, Action<int> work, CancellationToken cancellation)
    {
        int most = Require.That(threads is >= 0 and <= 1024, threads, "threads", "0 to 1024") == 0 ? Environment.ProcessorCount : threads;
        if (most == 1 || count == 1)
        {
            for (int i = 0; i < count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                work(i);
            }

            return;
        }

        try
        {
            Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = most, CancellationToken = cancellation }, work);
        }
        catch (AggregateException e) when (e.Flatten().InnerExceptions.FirstOrDefault(static inner => inner is InputException) is { } input)
        {
            throw new InputException(input.Message, e);
        }
    }

    private int Checked(int id) => (uint)id < (uint)_pipeline.Vocabulary.Count
        ? id
        : throw new InputException($"token id {id} is outside the vocabulary; allowed: 0 to {_pipeline.Vocabulary.Count - 1}. Is this the tokenizer of that model?");
}
