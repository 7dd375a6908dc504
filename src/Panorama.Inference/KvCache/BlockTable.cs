using Panorama.Inference.Engine;

namespace Panorama.Inference.KvCache;

/// <summary>
/// The blocks of one sequence, in order. A block may be held by several sequences: full ones because the prefix cache
/// found them, a partly filled last one after <see cref="Fork"/>; the latter is copied before anything is written to it.
/// Nothing is allocated after construction.
/// </summary>
internal sealed class BlockTable
{
    private readonly BlockPool _pool;
    private readonly int[] _blocks;
    private readonly BlockHash[] _hashes; // [0] is the root, [i + 1] names block i
    private int _count;
    private int _hashed;
    private int _published;

    /// <summary>Makes an empty table.</summary>
    /// <param name="pool">Where the blocks come from.</param>
    /// <param name="maxTokens">The longest the sequence can get.</param>
    /// <param name="root">Salt and adapter; null keeps this sequence out of the prefix cache.</param>
    public BlockTable(BlockPool pool, int maxTokens, BlockHash? root)
    {
        _pool = pool;
        _blocks = new int[BlocksFor(maxTokens)];
        _hashes = [];
        if (root is { } start && pool.HasPrefixCache)
        {
            _hashes = new BlockHash[_blocks.Length + 1];
            _hashes[0] = start;
        }
    }

    private BlockTable(BlockTable other)
    {
        _pool = other._pool;
        _blocks = new int[other._blocks.Length];
        _hashes = (BlockHash[])other._hashes.Clone();
        _hashed = other._hashed;
        _published = other._published;
        _count = BlocksFor(other.Length);
        Length = other.Length;
        for (int i = 0; i < _count; i++)
        {
            _blocks[i] = other._blocks[i];
            _pool.Retain(_blocks[i]);
        }
    }

    /// <summary>Tokens whose keys and values are in the blocks.</summary>
    public int Length { get; private set; }

    /// <summary>The blocks held: those of <see cref="Length"/> tokens, and what was reserved.</summary>
    public ReadOnlyMemory<int> Blocks => _blocks.AsMemory(0, _count);

    /// <summary>Blocks that so many tokens need.</summary>
    public static int BlocksFor(int tokens) => (int)(((uint)tokens + CacheBlock.Tokens - 1) / CacheBlock.Tokens);

    /// <summary>Holds what the prefix cache has of the tokens behind <see cref="Length"/>. The last token is left to compute, as its logits are not cached.</summary>
    /// <param name="tokens">The whole sequence.</param>
    /// <returns>Tokens found.</returns>
    public int Match(ReadOnlySpan<int> tokens)
    {
        int before = Length;
        if (_hashes.Length == 0 || Length != _published * CacheBlock.Tokens)
            return 0;
        while (Length + CacheBlock.Tokens < tokens.Length && _pool.TryFind(Hash(_published, tokens), out int block))
        {
            if (_published < _count)
                _pool.Release(_blocks[_published]); // reserved, and no longer needed
            else
                _count++;
            _blocks[_published++] = block;
            Length += CacheBlock.Tokens;
        }

        return Length - before;
    }

    /// <summary>Blocks that <see cref="Reserve"/> would take from the pool.</summary>
    /// <param name="length">Tokens of the whole sequence.</param>
    public int Needed(int length) => Math.Max(0, BlocksFor(length) - _count) + (NeedsCopy(length) ? 1 : 0);

    /// <summary>Takes the blocks for the sequence to grow; the pool must have <see cref="Needed"/> ones.</summary>
    /// <param name="length">Tokens of the whole sequence.</param>
    /// <param name="copy">The copy to make before the blocks are written.</param>
    /// <returns>Whether there is a copy to make.</returns>
    public bool Reserve(int length, out BlockCopy copy)
    {
        bool copies = NeedsCopy(length);
        copy = default;
        if (copies)
        {
            int last = Length / CacheBlock.Tokens;
            copy = new BlockCopy(_blocks[last], _pool.TakeForCopy());
            _pool.Release(copy.From);
            _blocks[last] = copy.To;
        }

        for (int needed = BlocksFor(length); _count < needed; _count++)
            _blocks[_count] = _pool.Take();
        return copies;
    }

    /// <summary>The step has run: the sequence's first tokens are in the cache. Blocks that are full now can be found.</summary>
    /// <param name="tokens">The sequence, at least <paramref name="length"/> tokens.</param>
    /// <param name="length">Tokens in the cache; never fewer than before.</param>
    public void Advance(ReadOnlySpan<int> tokens, int length)
    {
        Length = length;
        if (_hashes.Length == 0)
            return;
        for (int full = length / CacheBlock.Tokens; _published < full; _published++)
            _blocks[_published] = _pool.Publish(_blocks[_published], Hash(_published, tokens));
    }

    /// <summary>A second sequence with the same beginning.</summary>
    public BlockTable Fork() => new(this);

    /// <summary>Gives all blocks back, the last one first. The table is empty then, and can be filled again with the same tokens.</summary>
    public void Clear()
    {
        while (_count > 0)
            _pool.Release(_blocks[--_count]);
        _published = 0;
        Length = 0;
    }

    /// <summary>As <see cref="Clear"/>, for other tokens.</summary>
    public void Restart()
    {
        Clear();
        _hashed = 0;
    }

    private bool NeedsCopy(int length) =>
        length > Length && Length % CacheBlock.Tokens != 0 && _pool.Holders(_blocks[Length / CacheBlock.Tokens]) > 1;

    private ref BlockHash Hash(int block, ReadOnlySpan<int> tokens)
    {
        for (; _hashed <= block; _hashed++)
            _hashes[_hashed + 1] = _hashes[_hashed].Next(tokens.Slice(_hashed * CacheBlock.Tokens, CacheBlock.Tokens));
        return ref _hashes[block + 1];
    }
}
