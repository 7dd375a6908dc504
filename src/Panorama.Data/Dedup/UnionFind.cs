namespace Panorama.Data.Dedup;

/// <summary>Disjoint sets with union by size and path halving (Tarjan and van Leeuwen 1984).</summary>
internal sealed class UnionFind
{
    private readonly int[] _parent;
    private readonly int[] _size;

    /// <summary>Starts with every item alone.</summary>
    /// <param name="items">How many.</param>
    public UnionFind(int items)
    {
        _parent = [.. Enumerable.Range(0, items)];
        _size = new int[items];
        Array.Fill(_size, 1);
    }

    /// <summary>The item that stands for a set.</summary>
    /// <param name="item">A member of the set.</param>
    public int Find(int item)
    {
        while (_parent[item] != item)
        {
            _parent[item] = _parent[_parent[item]];
            item = _parent[item];
        }

        return item;
    }

    /// <summary>Joins two sets; false when they were one already.</summary>
    /// <param name="a">A member of one.</param>
    /// <param name="b">A member of the other.</param>
    public bool Union(int a, int b)
    {
        a = Find(a);
        b = Find(b);
        if (a == b)
            return false;
        if (_size[a] < _size[b])
            (a, b) = (b, a);
        _parent[b] = a;
        _size[a] += _size[b];
        return true;
    }
}
