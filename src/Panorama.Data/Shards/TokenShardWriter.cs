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
    private const int BufferBytes = 1 << 20;

    private readonly string _prefix;
    private readonly int _vocabularySize;
    private readonly TokenWidth _width;
    private readonly FileStream _tokens;
    private readonly List<int> _sizes = [];
    private byte[] _buffer = [];
    private bool _completed, _disposed;

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
        FileStream? tokens = null;
        DiskErrors.Guard(prefix, null, () =>
        {
            if (Path.GetDirectoryName(Path.GetFullPath(prefix)) is { } folder)
                Directory.CreateDirectory(folder);
            tokens = new FileStream(Temporary(ShardFormat.TokensPath(prefix)), FileMode.Create, FileAccess.Write, FileShare.None, BufferBytes);
        });
        _tokens = tokens!;
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
        ObjectDisposedException.ThrowIf(_disposed, this);
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

        try
        {
            _tokens.Write(_buffer, 0, bytes);
        }
        catch (IOException cause)
        {
            throw DiskErrors.Explain(_prefix, null, cause);
        }

        _sizes.Add(tokens.Length);
        TokenCount += tokens.Length;
    }

    /// <summary>Flushes both files to disk and gives them their names, the index last: a shard with an index is whole.</summary>
    /// <exception cref="JobException">The disk is full or fails.</exception>
    public void Complete()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        string tokensPath = ShardFormat.TokensPath(_prefix), indexPath = ShardFormat.IndexPath(_prefix);
        DiskErrors.Guard(_prefix, null, () =>
        {
            _tokens.Flush(flushToDisk: true);
            _tokens.Dispose();
            WriteIndex(Temporary(indexPath));
            File.Delete(indexPath); // an old index must never stand beside new tokens
            File.Move(Temporary(tokensPath), tokensPath, overwrite: true);
            File.Move(Temporary(indexPath), indexPath);
            _completed = true;
        });
    }

    /// <summary>Closes the files; what is not complete is removed.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        try
        {
            _tokens.Dispose();
        }
        catch (IOException) when (!_completed)
        {
            // The last buffered bytes found no space; the file is removed anyway.
        }

        if (_completed)
            return;
        File.Delete(Temporary(ShardFormat.TokensPath(_prefix)));
        File.Delete(Temporary(ShardFormat.IndexPath(_prefix)));
    }

    private void WriteIndex(string path)
    {
        using var index = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, BufferBytes);
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

        index.Flush(flushToDisk: true);
    }

    private static string Temporary(string path) => path + ".tmp";
}
