using Panorama.Inference.Engine;
using Panorama.Inference.Kernels;

namespace Panorama.Inference.KvCache;

/// <summary>
/// Keys and values of all layers in half precision, by blocks of 16 tokens. A block of one key/value head holds its keys by
/// element, [head size, 16 tokens], so that 16 scores are one register, then its values by token, [16 tokens, padded head size].
/// </summary>
internal sealed unsafe class KeyValueCache : IDisposable
{
    private readonly NativeBuffer _data;
    private readonly int _layers;
    private readonly int _heads;
    private readonly long _headElements;

    /// <summary>Takes memory; pages are used only as blocks are written.</summary>
    /// <param name="blocks">Number of blocks.</param>
    /// <param name="layers">Layers of the model.</param>
    /// <param name="heads">Key/value heads.</param>
    /// <param name="headSize">Width of a head.</param>
    public KeyValueCache(int blocks, int layers, int heads, int headSize)
    {
        (Blocks, _layers, _heads, HeadSize) = (blocks, layers, heads, headSize);
        PaddedHeadSize = (headSize + 15) & ~15;
        _headElements = CacheBlock.Tokens * (headSize + PaddedHeadSize);
        _data = new NativeBuffer(blocks * BytesPerBlock(layers, heads, headSize));
    }

    /// <summary>Number of blocks.</summary>
    public int Blocks { get; }

    /// <summary>Width of a head.</summary>
    public int HeadSize { get; }

    /// <summary>Width of a head's values, a multiple of 16; the padding holds zeros.</summary>
    public int PaddedHeadSize { get; }

    /// <summary>Bytes of a block in all layers.</summary>
    /// <param name="layers">Layers of the model.</param>
    /// <param name="heads">Key/value heads.</param>
    /// <param name="headSize">Width of a head.</param>
    public static long BytesPerBlock(int layers, int heads, int headSize) =>
        (long)layers * heads * CacheBlock.Tokens * (headSize + ((headSize + 15) & ~15)) * sizeof(ushort);

    /// <summary>The keys of a head in a block; its values follow.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="block">The block.</param>
    /// <param name="head">The key/value head.</param>
    public Half* Keys(int layer, int block, int head) =>
        (Half*)_data.Pointer + ((((((long)layer * Blocks) + block) * _heads) + head) * _headElements);

    /// <summary>The values of the head whose keys these are.</summary>
    /// <param name="keys">From <see cref="Keys"/>.</param>
    public Half* Values(Half* keys) => keys + (CacheBlock.Tokens * HeadSize);

    /// <summary>Writes a token's key and value of one head.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="block">The block.</param>
    /// <param name="slot">The token within the block.</param>
    /// <param name="head">The key/value head.</param>
    /// <param name="key">[head size].</param>
    /// <param name="value">[head size].</param>
    public void Write(int layer, int block, int slot, int head, float* key, float* value)
    {
        Half* keys = Keys(layer, block, head);
        Half* values = Values(keys) + (slot * PaddedHeadSize);
        for (int i = 0; i < HeadSize; i++)
        {
            keys[(i * CacheBlock.Tokens) + slot] = HalfRow.Round(key[i]);
            values[i] = HalfRow.Round(value[i]);
        }
    }

    /// <summary>Copies a block in all layers.</summary>
    /// <param name="from">The block copied.</param>
    /// <param name="to">The block overwritten.</param>
    public void Copy(int from, int to)
    {
        long bytes = _heads * _headElements * sizeof(ushort);
        for (int layer = 0; layer < _layers; layer++)
        {
            Buffer.MemoryCopy(Keys(layer, from, 0), Keys(layer, to, 0), bytes, bytes);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _data.Dispose();
}
