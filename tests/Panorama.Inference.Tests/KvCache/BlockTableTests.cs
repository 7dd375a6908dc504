using Panorama.Inference.KvCache;

namespace Panorama.Inference.Tests.KvCache;

public sealed class BlockTableTests
{
    [Fact]
    public void What_can_be_found_always_has_its_beginning() => Gen.Int.Sample(seed =>
    {
        var random = new Random(seed);
        var pool = new BlockPool(random.Next(3, 20));
        var open = new List<(BlockTable Table, int[] Tokens)>();
        var seen = new List<int[]>();
        for (int i = 0; i < 150; i++)
        {
            int action = random.Next(5);
            if (open.Count == 0 || action == 0)
            {
                int[] tokens = Draw(random, seen);
                seen.Add(tokens);
                open.Add((new BlockTable(pool, tokens.Length, BlockHash.Root()), tokens));
                open[^1].Table.Match(tokens);
                continue;
            }

            int chosen = random.Next(open.Count);
            (BlockTable table, int[] all) = open[chosen];
            int length = Math.Min(all.Length, table.Length + random.Next(1, 40));
            if (action == 1)
            {
                table.Clear();
                open.RemoveAt(chosen);
            }
            else if (action == 2)
            {
                table.Match(all);
            }
            else if (action == 3 && open.Count < 6)
            {
                open.Add((table.Fork(), all));
            }
            else if (length > table.Length && table.Needed(length) <= pool.FreeCount)
            {
                table.Reserve(length, out _);
                table.Advance(all, length);
            }
        }

        open.ForEach(pair => pair.Table.Clear());
        Assert.Equal(pool.BlockCount, pool.FreeCount);
        var reached = new HashSet<int>();
        foreach (int[] tokens in seen)
        {
            var probe = new BlockTable(pool, tokens.Length + 1, BlockHash.Root());
            probe.Match([.. tokens, -1]);
            reached.UnionWith(probe.Blocks.ToArray());
            probe.Clear();
        }

        Assert.Equal(reached.Count, pool.Statistics.CachedBlocks);
    }, iter: 2000);

    // Beginnings are shared, as prompts share them.
    private static int[] Draw(Random random, List<int[]> seen)
    {
        int[] old = seen.Count > 0 ? seen[random.Next(seen.Count)] : [];
        int kept = random.Next(old.Length + 1);
        return [.. old[..kept], .. Enumerable.Range(0, random.Next(1, 50)).Select(_ => random.Next(3))];
    }
}
