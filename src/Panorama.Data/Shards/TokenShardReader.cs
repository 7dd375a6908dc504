using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Panorama.Core.Errors;

namespace Panorama.Data.Shards;

/// <summary>
/// A memory-mapped token shard. The whole index is checked when it is opened; token ids are checked as they are read.
/// Disposing while another thread reads is not allowed.
/// </summary>
public sealed class TokenShardReader : ITokenStream, IDisposable
{
    private readonly string _indexPath, _tokensPath;
    private readonly int _vocabularySize;
    private readonly MappedFile _index;
    private readonly MappedFile _tokens;
    private readonly TokenWidth _width;
    private readonly long _offsets, _bounds;

    /// <summary>Opens and checks a shard.</summary>
    /// <param name="prefix">Path without an extension.</param>
    /// <param name="vocabularySize">Ids at or above it make <see cref="Read"/> fail; the default allows every id of 31 bits.</param>
    /// <exception cref="InvalidFileException">The index breaks a rule of the format, or the tokens do not fit it.</exception>
    /// <exception cref="InputException">A file is missing or cannot be read.</exception>
    public TokenShardReader(string prefix, int vocabularySize = int.MaxValue)
    {
        _indexPath = ShardFormat.IndexPath(prefix);
        _tokensPath = ShardFormat.TokensPath(prefix);
        _vocabularySize = vocabularySize;
        _index = new MappedFile(_indexPath);
        try
        {
            _tokens = new MappedFile(_tokensPath);
            (_width, long sequences, long bounds) = CheckHeader();
            _offsets = ShardFormat.HeaderBytes + (sequences * sizeof(int));
            _bounds = _offsets + (sequences * sizeof(long));
            SequenceCount = sequences;
            DocumentCount = bounds - 1;
            TokenCount = CheckSequences(sequences);
            CheckBounds(bounds, sequences);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public long TokenCount { get; }

    /// <summary>Number of documents.</summary>
    public long DocumentCount { get; }

    /// <summary>How tokens are stored.</summary>
    public TokenWidth Width => _width;

    private long SequenceCount { get; }

    /// <inheritdoc/>
    /// <exception cref="InvalidFileException">A stored id is outside the vocabulary.</exception>
    public void Read(long start, Span<int> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, TokenCount - destination.Length);
        if (destination.IsEmpty)
            return;
        int size = _width.Size();
        ReadOnlySpan<byte> bytes = _tokens.Slice(start * size, destination.Length * size);
        if (_width == TokenWidth.UInt16)
        {
            ReadOnlySpan<ushort> narrow = MemoryMarshal.Cast<byte, ushort>(bytes);
            for (int i = 0; i < narrow.Length; i++)
                destination[i] = narrow[i];
        }
        else
        {
            MemoryMarshal.Cast<byte, int>(bytes).CopyTo(destination);
        }

        int at = destination.IndexOfAnyExceptInRange(0, _vocabularySize - 1);
        if (at >= 0)
            throw Invalid(_tokensPath, $"token {start + at} is {destination[at]}, outside the vocabulary of {_vocabularySize}");
    }

    /// <summary>The tokens [Start, Start + Count) of a document within the flat stream.</summary>
    /// <param name="document">Index of the document.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such document.</exception>
    public (long Start, long Count) DocumentRange(long document)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(document);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(document, DocumentCount);
        long start = StartOf(Int64(_bounds, document));
        return (start, StartOf(Int64(_bounds, document + 1)) - start);
    }

    /// <summary>The tokens of a document.</summary>
    /// <param name="document">Index of the document.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such document.</exception>
    /// <exception cref="InvalidFileException">A stored id is outside the vocabulary, or the document has more than 2³¹ tokens.</exception>
    public int[] ReadDocument(long document)
    {
        (long start, long count) = DocumentRange(document);
        if (count > Array.MaxLength)
            throw Invalid(_indexPath, $"document {document} has {count} tokens; at most {Array.MaxLength} can be read at once");
        int[] tokens = new int[count];
        Read(start, tokens);
        return tokens;
    }

    /// <summary>Unmaps the files.</summary>
    public void Dispose()
    {
        _index.Dispose();
        _tokens?.Dispose();
    }

    private long StartOf(long sequence) => sequence == SequenceCount ? TokenCount : Int64(_offsets, sequence) / _width.Size();

    private (TokenWidth Width, long Sequences, long Bounds) CheckHeader()
    {
        if (_index.Length < ShardFormat.HeaderBytes)
            throw Invalid(_indexPath, $"the index has {_index.Length} bytes; its header alone takes {ShardFormat.HeaderBytes}");
        ReadOnlySpan<byte> header = _index.Slice(0, ShardFormat.HeaderBytes);
        if (!header.StartsWith(ShardFormat.Magic))
            throw Invalid(_indexPath, "the file does not start with MMIDIDX: it is no token shard index");
        ulong version = BinaryPrimitives.ReadUInt64LittleEndian(header[9..]);
        if (version != ShardFormat.Version)
            throw Invalid(_indexPath, $"version {version} of the index is not known; this program reads version {ShardFormat.Version}");
        var width = (TokenWidth)header[17];
        if (width is not (TokenWidth.UInt16 or TokenWidth.Int32))
            throw Invalid(_indexPath, $"dtype code {header[17]} is not one of 4 (int32) and 8 (uint16)");
        ulong sequences = BinaryPrimitives.ReadUInt64LittleEndian(header[18..]);
        ulong bounds = BinaryPrimitives.ReadUInt64LittleEndian(header[26..]);
        // Both counts are bounded by the file before any arithmetic can overflow.
        var rest = (ulong)(_index.Length - ShardFormat.HeaderBytes);
        if (sequences > rest / 12 || bounds > rest / 8 || (sequences * 12) + (bounds * 8) != rest)
            throw Invalid(_indexPath, $"{sequences} sequences and {bounds} document bounds do not fill the index of {_index.Length} bytes");
        if (bounds == 0)
            throw Invalid(_indexPath, "there are no document bounds; even an empty shard has the bound 0");
        return (width, (long)sequences, (long)bounds);
    }

    private long CheckSequences(long sequences)
    {
        long tokens = 0;
        for (long i = 0; i < sequences; i++)
        {
            int size = BinaryPrimitives.ReadInt32LittleEndian(_index.Slice(ShardFormat.HeaderBytes + (i * sizeof(int)), sizeof(int)));
            if (size < 0)
                throw Invalid(_indexPath, $"sequence {i} has the negative size {size}");
            long offset = Int64(_offsets, i), expected = tokens * _width.Size();
            if (offset != expected)
                throw Invalid(_indexPath, $"sequence {i} starts at byte {offset}, but the ones before it end at {expected}");
            tokens += size;
        }

        if (tokens * _width.Size() != _tokens.Length)
            throw Invalid(_tokensPath, $"the file has {_tokens.Length} bytes, but the index counts {tokens} tokens of {_width.Size()} bytes");
        return tokens;
    }

    private void CheckBounds(long bounds, long sequences)
    {
        long previous = 0;
        for (long i = 0; i < bounds; i++)
        {
            long bound = Int64(_bounds, i);
            if (i == 0 ? bound != 0 : bound < previous || bound > sequences)
                throw Invalid(_indexPath, $"document bound {i} is {bound}; bounds rise from 0 to {sequences}");
            previous = bound;
        }

        if (previous != sequences)
            throw Invalid(_indexPath, $"the last document bound is {previous}, not the number of sequences {sequences}");
    }

    private long Int64(long table, long item) => BinaryPrimitives.ReadInt64LittleEndian(_index.Slice(table + (item * sizeof(long)), sizeof(long)));

    private static InvalidFileException Invalid(string path, string rule) => new(path, rule);
}
