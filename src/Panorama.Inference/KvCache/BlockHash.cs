using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Panorama.Core.Errors;
using Panorama.Inference.Engine;

namespace Panorama.Inference.KvCache;

/// <summary>
/// What a full block of the cache holds, as a name: SHA-256 over the name of the block before it and its own tokens, so
/// that equal names mean equal tokens from position 0 on. The chain begins at a root made of salt and adapter: what one
/// of them separates never meets. SHA-256, as no user may be able to craft tokens that find another user's block.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct BlockHash : IEquatable<BlockHash>
{
    /// <summary>Longest salt or adapter identity in UTF-16 units.</summary>
    public const int MaxNameLength = 1024;

    private readonly ulong _a;
    private readonly ulong _b;
    private readonly ulong _c;
    private readonly ulong _d;

    private BlockHash(ReadOnlySpan<byte> hash)
    {
        _a = BinaryPrimitives.ReadUInt64LittleEndian(hash);
        _b = BinaryPrimitives.ReadUInt64LittleEndian(hash[8..]);
        _c = BinaryPrimitives.ReadUInt64LittleEndian(hash[16..]);
        _d = BinaryPrimitives.ReadUInt64LittleEndian(hash[24..]);
    }

    /// <summary>The name before the first block.</summary>
    /// <param name="salt">Sequences of different salts share nothing; one per tenant keeps tenants from guessing at each other's prompts by time.</param>
    /// <param name="adapter">Names the adapter's weights; empty: none.</param>
    /// <exception cref="InputException">A name is longer than <see cref="MaxNameLength"/>.</exception>
    public static BlockHash Root(string salt = "", string adapter = "")
    {
        CheckedName(salt, "the cache salt");
        CheckedName(adapter, "the adapter's name");

        // The length in front keeps ("ab", "c") and ("a", "bc") apart; the units as they are keep broken surrogates apart.
        byte[] named = [.. BitConverter.GetBytes(salt.Length), .. MemoryMarshal.AsBytes<char>(salt), .. MemoryMarshal.AsBytes<char>(adapter)];
        return new BlockHash(SHA256.HashData(named));
    }

    /// <summary>The name of the block that follows.</summary>
    /// <param name="tokens">Its <see cref="CacheBlock.Tokens"/> tokens.</param>
    public BlockHash Next(ReadOnlySpan<int> tokens)
    {
        if (tokens.Length != CacheBlock.Tokens)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{tokens.Length} tokens; a full block has {CacheBlock.Tokens}"), nameof(tokens));
        const int ParentBytes = SHA256.HashSizeInBytes;
        Span<byte> content = stackalloc byte[ParentBytes + (CacheBlock.Tokens * sizeof(int))];
        BinaryPrimitives.WriteUInt64LittleEndian(content, _a);
        BinaryPrimitives.WriteUInt64LittleEndian(content[8..], _b);
        BinaryPrimitives.WriteUInt64LittleEndian(content[16..], _c);
        BinaryPrimitives.WriteUInt64LittleEndian(content[24..], _d);
        MemoryMarshal.AsBytes(tokens).CopyTo(content[ParentBytes..]);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(content, hash);
        return new BlockHash(hash);
    }

    /// <summary>Returns a salt or an adapter's name if it is short enough.</summary>
    internal static string CheckedName(string name, string what)
    {
        ArgumentNullException.ThrowIfNull(name);
        Require.That(name.Length <= MaxNameLength, name.Length, $"the length of {what}", string.Create(CultureInfo.InvariantCulture, $"at most {MaxNameLength}"));
        return name;
    }

    /// <inheritdoc/>
    public bool Equals(BlockHash other) => _a == other._a && _b == other._b && _c == other._c && _d == other._d;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is BlockHash other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _a.GetHashCode(); // the bits of a cryptographic hash are mixed already

    /// <summary>Whether two names are the same.</summary>
    public static bool operator ==(BlockHash left, BlockHash right) => left.Equals(right);

    /// <summary>Whether two names differ.</summary>
    public static bool operator !=(BlockHash left, BlockHash right) => !left.Equals(right);
}
