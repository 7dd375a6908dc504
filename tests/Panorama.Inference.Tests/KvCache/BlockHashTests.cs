using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Panorama.Core.Errors;
using Panorama.Inference.Engine;
using Panorama.Inference.KvCache;

namespace Panorama.Inference.Tests.KvCache;

public sealed class BlockHashTests
{
    private static readonly int[] Tokens = [.. Enumerable.Range(0, CacheBlock.Tokens)];

    [Fact]
    public void A_name_depends_on_every_token_on_what_came_before_and_on_the_root()
    {
        BlockHash root = BlockHash.Root();
        List<BlockHash> names = [root, root.Next(Tokens), root.Next(Tokens).Next(Tokens), BlockHash.Root("s").Next(Tokens), BlockHash.Root("", "s").Next(Tokens)];
        for (int i = 0; i < Tokens.Length; i++)
        {
            int[] other = [.. Tokens];
            other[i] ^= 1 << (i + 8);
            names.Add(root.Next(other));
        }

        Assert.Equal(names.Count, names.Distinct().Count());
        Assert.Equal(BlockHash.Root("s", "a").Next(Tokens), BlockHash.Root("s", "a").Next([.. Tokens]));
    }

    [Fact]
    public void Salt_and_adapter_do_not_run_into_each_other()
    {
        Assert.NotEqual(BlockHash.Root("ab", "c"), BlockHash.Root("a", "bc"));
        Assert.NotEqual(BlockHash.Root("\uD800"), BlockHash.Root("\uD801")); // both would be U+FFFD in UTF-8
    }

    [Fact]
    public void It_is_sha_256_of_parent_and_tokens()
    {
        BlockHash root = BlockHash.Root();
        byte[] content = [.. Bytes(root), .. MemoryMarshal.AsBytes(Tokens.AsSpan())];
        Assert.Equal(SHA256.HashData(content), Bytes(root.Next(Tokens)));
    }

    [Fact]
    public void Nothing_is_allocated()
    {
        BlockHash hash = BlockHash.Root().Next(Tokens);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
            hash = hash.Next(Tokens);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Wrong_lengths_are_refused()
    {
        Assert.Throws<ArgumentException>(() => BlockHash.Root().Next(Tokens.AsSpan(1)));
        Assert.Contains("salt", Assert.Throws<InputException>(() => BlockHash.Root(new string('x', BlockHash.MaxNameLength + 1))).Message);
        Assert.Contains("adapter", Assert.Throws<InputException>(() => BlockHash.Root("", new string('x', BlockHash.MaxNameLength + 1))).Message);
    }

    private static byte[] Bytes(BlockHash hash) => MemoryMarshal.AsBytes(new ReadOnlySpan<BlockHash>(in hash)).ToArray();
}
