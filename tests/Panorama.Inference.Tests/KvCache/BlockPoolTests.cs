using Panorama.Inference.Engine;
using Panorama.Inference.KvCache;

namespace Panorama.Inference.Tests.KvCache;

public sealed class BlockPoolTests
{
    private const int Size = CacheBlock.Tokens;

    [Fact]
    public void A_new_sequence_finds_the_full_blocks_of_one_that_is_running()
    {
        var pool = new BlockPool(8);
        int[] tokens = Some(40, seed: 1);
        BlockTable first = Filled(pool, tokens);
        var second = new BlockTable(pool, 64, BlockHash.Root());
        Assert.Equal(2 * Size, second.Match([.. tokens[..35], 7, 7]));
        Assert.Equal(first.Blocks.ToArray()[..2], second.Blocks.ToArray());
        Assert.Equal(3, pool.Statistics.UsedBlocks);
    }

    [Fact]
    public void The_last_token_is_left_to_compute()
    {
        var pool = new BlockPool(8);
        int[] tokens = Some(2 * Size, seed: 1);
        Filled(pool, tokens);
        Assert.Equal(Size, new BlockTable(pool, 64, BlockHash.Root()).Match(tokens));
        Assert.Equal(2 * Size, new BlockTable(pool, 64, BlockHash.Root()).Match([.. tokens, 1]));
    }

    [Fact]
    public void Given_back_blocks_are_found_until_they_are_reused()
    {
        var pool = new BlockPool(4);
        int[] tokens = Some(2 * Size, seed: 1);
        Filled(pool, tokens).Clear();
        Assert.Equal((4, 2), (pool.FreeCount, pool.Statistics.CachedBlocks));

        // Two blocks hold nothing and go first.
        BlockTable other = Filled(pool, Some(2 * Size, seed: 2));
        Assert.Equal(0, pool.Statistics.Evictions);
        Assert.Equal(2 * Size, Probe(pool, tokens));
        other.Clear();
        Filled(pool, Some(4 * Size, seed: 3));
        Assert.Equal(0, Probe(pool, tokens));
        Assert.Equal(4, pool.Statistics.Evictions);
    }

    [Fact]
    public void The_oldest_goes_first_and_the_end_of_a_sequence_before_its_beginning()
    {
        var pool = new BlockPool(4);
        int[] first = Some(2 * Size, seed: 1), second = Some(2 * Size, seed: 2);
        Filled(pool, first).Clear();
        Filled(pool, second).Clear();
        BlockTable one = Filled(pool, Some(Size, seed: 3));
        Assert.Equal((Size, 2 * Size), (Probe(pool, first), Probe(pool, second)));
        one.Clear();

        // In order of their last use: the rest of `first`, the end of `second`, its beginning, the new one.
        Filled(pool, Some(2 * Size, seed: 4));
        Assert.Equal((0, Size), (Probe(pool, first), Probe(pool, second)));
    }

    [Fact]
    public void Salts_and_adapters_share_nothing()
    {
        var pool = new BlockPool(8);
        int[] tokens = Some(2 * Size, seed: 1);
        Filled(pool, tokens, BlockHash.Root("tenant")).Clear();
        Assert.Equal(0, Probe(pool, tokens));
        Assert.Equal(0, Probe(pool, tokens, BlockHash.Root("tenant", "adapter")));
        Assert.Equal(2 * Size, Probe(pool, tokens, BlockHash.Root("tenant")));
    }

    [Fact]
    public void The_same_content_computed_twice_is_held_once()
    {
        var pool = new BlockPool(8);
        int[] tokens = Some(3 * Size, seed: 1);
        BlockTable first = Reserved(pool, tokens), second = Reserved(pool, tokens);
        Assert.Equal(6, pool.Statistics.UsedBlocks);
        first.Advance(tokens, 2 * Size);
        second.Advance(tokens, 2 * Size);
        Assert.Equal(4, pool.Statistics.UsedBlocks);
        Assert.Equal(first.Blocks.ToArray()[..2], second.Blocks.ToArray()[..2]);
        Assert.NotEqual(first.Blocks.Span[2], second.Blocks.Span[2]);
    }

    [Fact]
    public void A_prompt_being_computed_finds_what_another_has_finished()
    {
        var pool = new BlockPool(8);
        int[] tokens = Some(3 * Size, seed: 1);
        BlockTable late = Reserved(pool, tokens);
        Assert.Equal(0, late.Match(tokens));
        Filled(pool, tokens);
        Assert.Equal(2 * Size, late.Match(tokens));
        Assert.Equal((3, 4), (late.Blocks.Length, pool.Statistics.UsedBlocks));
    }

    [Fact]
    public void A_fork_shares_until_one_of_the_two_writes()
    {
        var pool = new BlockPool(8);
        int[] tokens = Some(Size + 5, seed: 1);
        BlockTable parent = Filled(pool, tokens);
        BlockTable child = parent.Fork();
        Assert.Equal(parent.Blocks.ToArray(), child.Blocks.ToArray());
        Assert.Equal((1, 2), (child.Needed(tokens.Length + 1), pool.Statistics.UsedBlocks));

        int shared = child.Blocks.Span[1];
        Assert.True(child.Reserve(tokens.Length + 1, out BlockCopy copy));
        Assert.Equal((shared, child.Blocks.Span[1]), (copy.From, copy.To));
        Assert.Equal(shared, parent.Blocks.Span[1]);

        // The last holder writes in place.
        Assert.False(parent.Reserve(tokens.Length + 1, out _));
        parent.Clear();
        child.Clear();
        Assert.Equal((8, 1), (pool.FreeCount, pool.Statistics.Copies));
    }

    [Fact]
    public void A_fork_at_the_end_of_a_block_copies_nothing()
    {
        var pool = new BlockPool(8);
        BlockTable parent = Filled(pool, Some(2 * Size, seed: 1));
        BlockTable child = parent.Fork();
        Assert.False(child.Reserve((2 * Size) + 1, out _));
        Assert.NotEqual(parent.Blocks.Length, child.Blocks.Length);
    }

    [Fact]
    public void A_fork_does_not_share_what_was_only_reserved()
    {
        var pool = new BlockPool(8);
        BlockTable parent = Reserved(pool, Some(4 * Size, seed: 1));
        parent.Advance(Some(4 * Size, seed: 1), 5);
        Assert.Equal(1, parent.Fork().Blocks.Length);
    }

    [Fact]
    public void Without_a_prefix_cache_nothing_is_found()
    {
        var pool = new BlockPool(8, prefixCache: false);
        int[] tokens = Some(3 * Size, seed: 1);
        Filled(pool, tokens).Clear();
        Assert.Equal((0, 0), (Probe(pool, tokens), pool.Statistics.CachedBlocks));
    }

    [Fact]
    public void Statistics_count_tokens()
    {
        var pool = new BlockPool(4);
        pool.Record(100, 48);
        pool.Record(10, 0);
        Filled(pool, Some(Size, seed: 1));
        Assert.Equal((110L, 48L, 0.25), (pool.Statistics.QueriedTokens, pool.Statistics.HitTokens, pool.Statistics.Usage));
    }

    [Fact]
    public void Growing_publishing_and_giving_back_allocates_nothing()
    {
        var pool = new BlockPool(32);
        int[] tokens = Some(30 * Size, seed: 1);
        var table = new BlockTable(pool, tokens.Length, BlockHash.Root());
        long allocated = 0;
        for (int round = 0; round < 2; round++)
        {
            allocated = GC.GetAllocatedBytesForCurrentThread();
            for (int length = 1; length <= tokens.Length; length++)
            {
                table.Reserve(length, out _);
                table.Advance(tokens, length);
            }

            table.Clear();
            table.Match(tokens);
            table.Restart();
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        }

        Assert.Equal(0, allocated);
    }

    private static int[] Some(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(1000))];
    }

    private static BlockTable Reserved(BlockPool pool, int[] tokens, BlockHash? root = null)
    {
        var table = new BlockTable(pool, 256, root ?? BlockHash.Root());
        table.Reserve(tokens.Length, out _);
        return table;
    }

    private static BlockTable Filled(BlockPool pool, int[] tokens, BlockHash? root = null)
    {
        BlockTable table = Reserved(pool, tokens, root);
        table.Advance(tokens, tokens.Length);
        return table;
    }

    private static int Probe(BlockPool pool, int[] tokens, BlockHash? root = null)
    {
        var table = new BlockTable(pool, 256, root ?? BlockHash.Root());
        int found = table.Match([.. tokens, 0]);
        table.Clear();
        return found;
    }
}
