namespace Panorama.Inference.Sampling;

/// <summary>
/// Selection without sorting: moves the best entries to the front until they are enough, by count or by mass
/// (Hoare 1961, "Algorithm 65: Find", with masses counted as in a weighted median). Linear on average.
/// </summary>
internal ref struct BestFirst
{
    private const int FewEntries = 12;
    private readonly Span<float> _keys;
    private readonly Span<int> _ids;
    private readonly Span<float> _masses;
    private uint _random = 0x9E3779B9;

    /// <summary>Takes the entries to select from: three lists of one length.</summary>
    /// <param name="keys">A higher key is better; none is NaN.</param>
    /// <param name="ids">Of equal keys the lower id is better; distinct.</param>
    /// <param name="masses">At least 0.</param>
    public BestFirst(Span<float> keys, Span<int> ids, Span<float> masses)
    {
        _keys = keys;
        _ids = ids;
        _masses = masses;
    }

    /// <summary>Moves the fewest best entries that reach the count or the mass to the front, in no order.</summary>
    /// <param name="count">At least 1.</param>
    /// <param name="mass">The mass to reach.</param>
    /// <returns>How many entries are kept: at least one, all when neither is reached.</returns>
    public int Keep(int count, double mass)
    {
        // Entries before low are kept, those from high on are not; what lies between is open.
        (int low, int high, double reached) = (0, _keys.Length, 0);
        while (high - low > FewEntries)
        {
            int pivot = Partition(low, high);
            double better = Mass(low, pivot);
            if (Enough(pivot, reached + better))
            {
                high = pivot;
                continue;
            }

            reached += better + _masses[pivot];
            low = pivot + 1;
            if (Enough(low, reached))
            {
                return low;
            }
        }

        Sort(low, high);
        while (low < high && !Enough(low, reached))
        {
            reached += _masses[low++];
        }

        return low;

        bool Enough(int kept, double sum) => kept >= count || (kept > 0 && sum >= mass);
    }

    private readonly double Mass(int from, int to)
    {
        double sum = 0;
        foreach (float mass in _masses[from..to])
        {
            sum += mass;
        }

        return sum;
    }

    /// <summary>Brings what is better than some entry before it and the rest behind it; returns where that entry is.</summary>
    private int Partition(int low, int high)
    {
        int last = high - 1;
        Swap(Median(Pick(low, high), Pick(low, high), Pick(low, high)), last);
        (float key, int id) = (_keys[last], _ids[last]);
        int end = low;
        for (int i = low; i < last; i++)
        {
            if (_keys[i] > key || (_keys[i] == key && _ids[i] < id))
            {
                Swap(i, end++);
            }
        }

        Swap(end, last);
        return end;
    }

    // Marsaglia 2003, "Xorshift RNGs": places that no list can be made to suit badly by chance.
    private int Pick(int low, int high)
    {
        _random ^= _random << 13;
        _random ^= _random >> 17;
        _random ^= _random << 5;
        return low + (int)(_random % (uint)(high - low));
    }

    private readonly int Median(int a, int b, int c)
    {
        if (IsBetter(a, b))
        {
            (a, b) = (b, a);
        }

        return IsBetter(c, a) ? (IsBetter(b, c) ? c : b) : a;
    }

    private readonly void Sort(int low, int high)
    {
        for (int i = low + 1; i < high; i++)
        {
            for (int j = i; j > low && IsBetter(j, j - 1); j--)
            {
                Swap(j, j - 1);
            }
        }
    }

    private readonly bool IsBetter(int left, int right) =>
        _keys[left] > _keys[right] || (_keys[left] == _keys[right] && _ids[left] < _ids[right]);

    private readonly void Swap(int left, int right)
    {
        (_keys[left], _keys[right]) = (_keys[right], _keys[left]);
        (_ids[left], _ids[right]) = (_ids[right], _ids[left]);
        (_masses[left], _masses[right]) = (_masses[right], _masses[left]);
    }
}
