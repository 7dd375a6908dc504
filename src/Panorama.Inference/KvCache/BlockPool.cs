using Panorama.Inference.Engine;

namespace Panorama.Inference.KvCache;

/// <summary>
/// Keeps account of the cache's blocks: who holds which, which are free, and which full ones can be found by their
/// <see cref="BlockHash"/>. It touches no key and no value. Used by one thread at a time; allocates nothing after construction.
/// </summary>
/// <remarks>
/// Free blocks lie in one list, the next to be reused in front: first those that nobody can find, then the findable ones
/// by when they were last held (paged attention: Kwon et al. 2023, arXiv:2309.06180). A <see cref="BlockTable"/> returns
/// its last block first, so a block is always reused before the one it continues: what is found is never without its beginning.
/// </remarks>
public sealed class BlockPool
{
    private readonly int[] _holders;
    private readonly int[] _next;
    private readonly int[] _previous;
    private readonly BlockHash[] _hashes;
    private readonly bool[] _findable;
    private readonly Dictionary<BlockHash, int> _byHash;
    private int _cached;
    private long _queried;
    private long _hits;
    private long _evictions;
    private long _copies;

    /// <summary>Makes a pool of free blocks.</summary>
    /// <param name="blocks">How many, at least 1: <see cref="IModelRunner.BlockCount"/>.</param>
    /// <param name="prefixCache">Whether full blocks can be found again. Off, nothing is hashed.</param>
    public BlockPool(int blocks, bool prefixCache = true)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(blocks, 1);
        BlockCount = blocks;
        HasPrefixCache = prefixCache;
        _holders = new int[blocks];
        _hashes = prefixCache ? new BlockHash[blocks] : [];
        _findable = new bool[blocks];
        _byHash = new Dictionary<BlockHash, int>(prefixCache ? blocks : 0);

        // A ring through the sentinel at the end.
        _next = new int[blocks + 1];
        _previous = new int[blocks + 1];
        for (int i = 0; i <= blocks; i++)
        {
            _next[i] = i == blocks ? 0 : i + 1;
            _previous[i] = i == 0 ? blocks : i - 1;
        }

        FreeCount = blocks;
    }

    /// <summary>All blocks.</summary>
    public int BlockCount { get; }

    /// <summary>Whether full blocks can be found again.</summary>
    public bool HasPrefixCache { get; }

    /// <summary>Blocks that can be handed out now, the findable ones included.</summary>
    public int FreeCount { get; private set; }

    /// <summary>The account so far.</summary>
    public PoolStatistics Statistics => new()
    {
        Blocks = BlockCount,
        UsedBlocks = BlockCount - FreeCount,
        CachedBlocks = _cached,
        QueriedTokens = _queried,
        HitTokens = _hits,
        Evictions = _evictions,
        Copies = _copies,
    };

    /// <summary>Adds a looked-up prompt to the statistics.</summary>
    /// <param name="queried">Its tokens.</param>
    /// <param name="hits">Those found.</param>
    internal void Record(int queried, int hits)
    {
        _queried += queried;
        _hits += hits;
    }

    /// <summary>How many sequences hold a block.</summary>
    internal int Holders(int block) => _holders[block];

    /// <summary>Takes a free block; its content is lost. Only while <see cref="FreeCount"/> is not 0.</summary>
    internal int Take()
    {
        int block = _next[BlockCount];
        if (block == BlockCount)
            throw new InvalidOperationException("no block is free");
        Unlink(block);
        if (_findable[block])
        {
            _findable[block] = false;
            _byHash.Remove(_hashes[block]);
            _cached--;
            _evictions++;
        }

        _holders[block] = 1;
        return block;
    }

    /// <summary>Takes a block for the copy of a shared one.</summary>
    internal int TakeForCopy()
    {
        _copies++;
        return Take();
    }

    /// <summary>One more sequence holds a block that is held.</summary>
    internal void Retain(int block) => _holders[block]++;

    /// <summary>Finds a full block and holds it.</summary>
    internal bool TryFind(in BlockHash hash, out int block)
    {
        if (!_byHash.TryGetValue(hash, out block))
            return false;
        if (_holders[block]++ == 0)
        {
            Unlink(block);
            _cached--;
        }

        return true;
    }

    /// <summary>
    /// Makes a held block findable whose content is complete. Was the same content there already, then that block is held
    /// instead of this one: the runner computes the same bits for the same tokens.
    /// </summary>
    /// <returns>The block to use from now on.</returns>
    internal int Publish(int block, in BlockHash hash)
    {
        if (TryFind(hash, out int present))
        {
            Release(block);
            return present;
        }

        _hashes[block] = hash;
        _findable[block] = true;
        _byHash.Add(hash, block);
        return block;
    }

    /// <summary>One sequence fewer holds a block; after the last one it is free.</summary>
    internal void Release(int block)
    {
        if (--_holders[block] > 0)
            return;

        // Behind the sentinel's back is the end of the list, in front of it the beginning.
        int after = _findable[block] ? BlockCount : _next[BlockCount];
        _cached += _findable[block] ? 1 : 0;
        int before = _previous[after];
        _next[before] = _previous[after] = block;
        _previous[block] = before;
        _next[block] = after;
        FreeCount++;
    }

    private void Unlink(int block)
    {
        _next[_previous[block]] = _next[block];
        _previous[_next[block]] = _previous[block];
        FreeCount--;
    }
}
