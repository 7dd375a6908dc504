using System.Numerics;

namespace Panorama.Training.Batches;

/// <summary>
/// First fit decreasing (Johnson 1973): the longest first, each into the first row that has room. A tournament tree over the
/// rows' room finds that row in logarithmic time.
/// </summary>
internal sealed class RowPacker
{
    private readonly int[] _room; // leaves from _leaves on; each node the larger of its two children
    private readonly int _leaves;

    private RowPacker(int rows, int capacity)
    {
        _leaves = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, rows));
        _room = new int[2 * _leaves];
        Array.Fill(_room, capacity);
    }

    /// <summary>Packs items into rows.</summary>
    /// <param name="lengths">Length of each item, 1 to <paramref name="capacity"/>.</param>
    /// <param name="capacity">Length of a row.</param>
    /// <returns>The items of every row.</returns>
    public static int[][] Pack(IReadOnlyList<int> lengths, int capacity)
    {
        var tree = new RowPacker(lengths.Count, capacity);
        List<List<int>> rows = [];
        foreach (int item in Enumerable.Range(0, lengths.Count).OrderByDescending(i => lengths[i])) // stable
        {
            int row = tree.Take(lengths[item]);
            if (row == rows.Count)
            {
                rows.Add([]);
            }

            rows[row].Add(item);
        }

        return [.. rows.Select(r => r.ToArray())];
    }

    private int Take(int length)
    {
        int node = 1;
        while (node < _leaves)
        {
            node = _room[2 * node] >= length ? 2 * node : (2 * node) + 1;
        }

        int row = node - _leaves;
        _room[node] -= length;
        for (node /= 2; node >= 1; node /= 2)
        {
            _room[node] = Math.Max(_room[2 * node], _room[(2 * node) + 1]);
        }

        return row;
    }
}
