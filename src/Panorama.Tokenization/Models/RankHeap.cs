using System.Buffers;

namespace Panorama.Tokenization.Models;

/// <summary>
/// A min-heap of 64-bit keys with four children a node: half the depth of a binary one, and siblings share a cache line. The library's
/// queue stores a priority beside every element and was twice as slow on a word of 1 MB.
/// </summary>
/// <param name="capacity">How many keys to expect at first.</param>
internal sealed class RankHeap(int capacity) : IDisposable
{
    private const int Arity = 4;
    private ulong[] _keys = ArrayPool<ulong>.Shared.Rent(Math.Max(capacity, 16));
    private int _count;

    /// <summary>Adds a key without restoring the order; call <see cref="Order"/> before the first <see cref="TryPop"/>.</summary>
    public void Append(ulong key) => _keys[_count++] = key;

    /// <summary>Makes a heap of what was appended, in linear time.</summary>
    public void Order()
    {
        for (int at = ((_count + 2) / Arity) - 1; at >= 0; at--) SiftDown(at, _keys[at]);
    }

    /// <summary>Adds a key.</summary>
    public void Push(ulong key)
    {
        if (_count == _keys.Length) Grow();
        int at = _count++;
        while (at > 0 && key < _keys[(at - 1) / Arity])
        {
            _keys[at] = _keys[(at - 1) / Arity];
            at = (at - 1) / Arity;
        }

        _keys[at] = key;
    }

    /// <summary>Takes the smallest key, if there is one.</summary>
    public bool TryPop(out ulong key)
    {
        key = _count > 0 ? _keys[0] : 0;
        if (_count == 0) return false;
        _count--;
        if (_count > 0) SiftDown(0, _keys[_count]);
        return true;
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => ArrayPool<ulong>.Shared.Return(_keys);

    private void SiftDown(int at, ulong key)
    {
        Span<ulong> keys = _keys.AsSpan(0, _count);
        for (int child; (child = (at * Arity) + 1) < keys.Length; at = child)
        {
            int end = Math.Min(child + Arity, keys.Length);
            for (int other = child + 1; other < end; other++)
                if (keys[other] < keys[child]) child = other;
            if (keys[child] >= key) break;
            keys[at] = keys[child];
        }

        keys[at] = key;
    }

    private void Grow()
    {
        ulong[] larger = ArrayPool<ulong>.Shared.Rent(checked(_keys.Length * 2));
        _keys.AsSpan(0, _count).CopyTo(larger);
        ArrayPool<ulong>.Shared.Return(_keys);
        _keys = larger;
    }
}
