using System.Numerics;

namespace Panorama.Inference.Sampling;

/// <summary>
/// The tokens still in play for one draw, with their scores: the buffer that every sampling step works on.
/// Filled from the logits, narrowed by steps, never grown. Nothing is allocated after construction.
/// </summary>
/// <remarks>
/// A step takes the best tokens one by one and then keeps only those: a heap yields each in O(log V), so a nucleus of
/// 40 tokens does not pay for sorting a vocabulary of 150,000. A tie goes to the lower id.
/// </remarks>
internal sealed class Candidates
{
    private readonly int[] _ids;
    private readonly float[] _scores;
    private readonly float[] _weights;
    private int _heapCount;
    private bool _isHeap;

    /// <summary>Makes a buffer for a vocabulary.</summary>
    /// <param name="capacity">Vocabulary size.</param>
    public Candidates(int capacity)
    {
        // Padded to whole vectors, so that the exponentials need no scalar tail of another rounding.
        int padded = (capacity + Vector<float>.Count - 1) / Vector<float>.Count * Vector<float>.Count;
        _ids = new int[capacity];
        _scores = new float[padded];
        _weights = new float[padded];
    }

    /// <summary>Tokens in play.</summary>
    public int Count { get; private set; }

    /// <summary>Scores of the tokens in play; until a step narrows the buffer, the index is the token id.</summary>
    public Span<float> Scores => _scores.AsSpan(0, Count);

    /// <summary>The token id at an index.</summary>
    /// <param name="index">0 to <see cref="Count"/> − 1.</param>
    public int Id(int index) => _ids[index];

    /// <summary>Starts a draw with every token, in id order.</summary>
    /// <param name="logits">One value per id, at most the capacity.</param>
    public void Load(ReadOnlySpan<float> logits)
    {
        logits.CopyTo(_scores);
        for (int id = 0; id < logits.Length; id++)
        {
            _ids[id] = id;
        }

        Count = logits.Length;
        Restart();
    }

    /// <summary>Takes the best token not yet taken.</summary>
    /// <returns>Its score.</returns>
    public float TakeBest()
    {
        if (!_isHeap)
        {
            for (int i = (_heapCount / 2) - 1; i >= 0; i--)
            {
                SiftDown(i);
            }

            _isHeap = true;
        }

        // Taken tokens gather behind the shrinking heap, the best one last.
        int end = --_heapCount;
        (_ids[0], _ids[end]) = (_ids[end], _ids[0]);
        (_scores[0], _scores[end]) = (_scores[end], _scores[0]);
        SiftDown(0);
        return _scores[end];
    }

    /// <summary>Drops every token that was not taken; the kept ones lie best first.</summary>
    public void KeepTaken()
    {
        int kept = Count - _heapCount;
        Array.Reverse(_ids, 0, Count);
        Array.Reverse(_scores, 0, Count);
        Count = kept;
        Restart();
    }

    /// <summary>exp(score − best score) of every token in play: probabilities up to their sum.</summary>
    /// <param name="total">The sum of the weights, accumulated in double.</param>
    /// <returns>Weights by index, valid until the next call.</returns>
    public ReadOnlySpan<float> Weights(out double total)
    {
        float best = float.NegativeInfinity;
        foreach (float score in Scores)
        {
            best = MathF.Max(best, score);
        }

        var shift = new Vector<float>(best);
        for (int i = 0; i < Count; i += Vector<float>.Count)
        {
            Vector.Exp(new Vector<float>(_scores, i) - shift).CopyTo(_weights, i);
        }

        total = 0;
        ReadOnlySpan<float> weights = _weights.AsSpan(0, Count);
        foreach (float weight in weights)
        {
            total += weight;
        }

        return weights;
    }

    private void Restart()
    {
        _heapCount = Count;
        _isHeap = false;
    }

    private void SiftDown(int parent)
    {
        while (true)
        {
            int child = (2 * parent) + 1;
            if (child >= _heapCount)
            {
                return;
            }

            if (child + 1 < _heapCount && IsBetter(child + 1, child))
            {
                child++;
            }

            if (!IsBetter(child, parent))
            {
                return;
            }

            (_ids[parent], _ids[child]) = (_ids[child], _ids[parent]);
            (_scores[parent], _scores[child]) = (_scores[child], _scores[parent]);
            parent = child;
        }
    }

    private bool IsBetter(int left, int right) =>
        _scores[left] > _scores[right] || (_scores[left] == _scores[right] && _ids[left] < _ids[right]);
}
