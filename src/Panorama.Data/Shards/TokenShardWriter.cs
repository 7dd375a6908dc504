using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Panorama.Core.Errors;
using Panorama.Core.IO;

namespace Panorama.Data.Shards;

/// <summary>
/// Writes a token shard document by document. The files appear under their names only in <see cref="Complete"/>;
/// a writer disposed before that leaves nothing behind.
/// </summary>
public sealed class TokenShardWriter : IDisposable
{
    private readonly string _prefix;
    private readonly int _vocabularySize;
    private readonly TokenWidth _width;
    private readonly PendingFile _tokens;
    private readonly List<int> _sizes = [];
    private byte[] _buffer = [];

    /// <summary>Starts a shard.</summary>
    /// <param name="prefix">Path without an extension; <c>.bin</c> and <c>.idx</c> are added. The folder is made if missing.</param>
    /// <param name="vocabularySize">Number of token ids: below 65,536 tokens take 16 bits, otherwise 32.</param>
    /// <exception cref="JobException">The files cannot be made.</exception>
    public TokenShardWriter(string prefix, int vocabularySize)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(vocabularySize);
        _prefix = prefix;
        _vocabularySize = vocabularySize;
        _width = ShardFormat.WidthFor(vocabularySize);
        DiskErrors.Guard(prefix, null, () =>
        {
            if (Path.GetDirectoryName(Path.GetFullPath(prefix)) is { } folder)
                Directory.CreateDirectory(folder);
        });
        _tokens = PendingFile.Create(ShardFormat.TokensPath(prefix));
    }

    /// <summary>Tokens so far.</summary>
    public long TokenCount { get; private set; }

    /// <summary>Documents so far.</summary>
    public long DocumentCount => _sizes.Count;

    /// <summary>Adds one document.</summary>
    /// <param name="tokens">Its token ids, the end-of-document token included if there is one.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the vocabulary.</exception>
    /// <exception cref="JobException">The disk is full or fails.</exception>
    public void AddDocument(ReadOnlySpan<int> tokens)
    {
        int bytes = tokens.Length * _width.Size();
        if (_buffer.Length < bytes)
            _buffer = GC.AllocateUninitializedArray<byte>(Math.Max(bytes, 2 * _buffer.Length));
        for (int i = 0; i < tokens.Length; i++)
        {
            int token = tokens[i];
            if ((uint)token >= (uint)_vocabularySize)
                throw new ArgumentOutOfRangeException(nameof(tokens), token, $"token {i} is outside the vocabulary of {_vocabularySize}");
            if (_width == TokenWidth.UInt16)
                BinaryPrimitives.WriteUInt16LittleEndian(_buffer.AsSpan(2 * i), (ushort)token);
            else
                BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(4 * i), token);
        }

        _tokens.Write(_buffer.AsSpan(0, bytes));
        _sizes.Add(tokens.Length);
        TokenCount += tokens.Length;
    }

    /// <summary>Flushes both files to disk and gives them their names, the index last: a shard with an index is whole.</summary>
    /// <exception cref="JobException">The disk is full or fails.</exception>
    public void Complete()
    {
        string indexPath = ShardFormat.IndexPath(_prefix);
        DiskErrors.Guard(indexPath, null, () => File.Delete(indexPath)); // an old index must never stand beside new tokens
        _tokens.Commit();
        AtomicFile.Write(indexPath, WriteIndex);
    }

    /// <summary>Closes the files; what is not complete is removed.</summary>
    public void Dispose() => _tokens.Dispose();

    private void WriteIndex(Stream index)
    {
        Span<byte> header = stackalloc byte[ShardFormat.HeaderBytes];
        ShardFormat.Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt64LittleEndian(header[9..], ShardFormat.Version);
        header[17] = (byte)_width;
        BinaryPrimitives.WriteInt64LittleEndian(header[18..], _sizes.Count);
        BinaryPrimitives.WriteInt64LittleEndian(header[26..], _sizes.Count + 1L);
        index.Write(header);

        Span<byte> number = stackalloc byte[sizeof(long)];
        foreach (int size in CollectionsMarshal.AsSpan(_sizes))
        {
            BinaryPrimitives.WriteInt32LittleEndian(number, size);
            index.Write(number[..sizeof(int)]);
        }

        long offset = 0;
        foreach (int size in CollectionsMarshal.AsSpan(_sizes))
        {
            BinaryPrimitives.WriteInt64LittleEndian(number, offset);
            index.Write(number);
            offset += (long)size * _width.Size();
        }

        for (long bound = 0; bound <= _sizes.Count; bound++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(number, bound);
            index.Write(number);
        }
    }
}
