using System.Runtime.Intrinsics;
using Panorama.Core.Models;

namespace Panorama.Inference.Sampling;

/// <summary>
/// The tokens still in play for one draw, with their scores and weights. Filled from the logits, narrowed by steps, never
/// grown; nothing is allocated after construction.
/// </summary>
/// <remarks>
/// As long as nothing narrows them, the tokens lie by id and are worked on in vectors. The first step that narrows gathers
/// the few that can pass it by a threshold that is sure to let them through, and only those are compared one by one.
/// </remarks>
internal sealed class Candidates
{
    private const int LeastExponent = 40; // lighter tokens than 2^−40 times the best are not told apart by weight
    private readonly float[] _scores; // of all tokens, padded with −∞
    private readonly float[] _weights;
    private readonly double[] _sums;
    private readonly float[] _maxima;
    private readonly int[] _ids; // of those in play, once gathered
    private readonly float[] _keys;
    private readonly float[] _masses;
    private int _size;
    private int _count;
    private bool _isGathered;
    private bool _isWeighed;
    private float _best;
    private float _temperature;
    private double _total;

    /// <summary>Makes a buffer for a vocabulary.</summary>
    /// <param name="capacity">Vocabulary size.</param>
    public Candidates(int capacity)
    {
        int padded = Padded(capacity);
        _scores = new float[padded];
        _weights = new float[padded];
        _sums = new double[(padded / ScoreKernels.SumBlock) + 1];
        _maxima = new float[(padded / ScoreKernels.MaximumBlock) + 1];
        _ids = new int[padded];
        _keys = new float[padded];
        _masses = new float[padded];
    }

    /// <summary>Vocabulary size that fits.</summary>
    public int Capacity => _ids.Length;

    /// <summary>How many tokens are in play.</summary>
    public int Count => _isGathered ? _count : _size;

    /// <summary>Scores by token id, padded with −∞ to whole vectors; not to be changed once a step ran.</summary>
    public Span<float> Scores => _scores.AsSpan(0, Padded(_size));

    /// <summary>Starts a draw with every token.</summary>
    /// <param name="logits">One value per id, at most the capacity.</param>
    public void Load(ReadOnlySpan<float> logits)
    {
        _size = logits.Length;
        logits.CopyTo(_scores);
        Scores[_size..].Fill(float.NegativeInfinity);
        _isGathered = _isWeighed = false;
    }

    /// <summary>Sets what scores are measured by; to be called before any step.</summary>
    /// <param name="best">The highest score, finite.</param>
    /// <param name="temperature">Divides the distance to it; above 0.</param>
    public void Scale(float best, float temperature) => (_best, _temperature) = (best, temperature);

    /// <summary>Keeps the k best tokens (Fan et al. 2018, arXiv:1805.04833).</summary>
    /// <param name="k">At least 1; more than there are keeps all.</param>
    public void KeepTop(int k)
    {
        if (k >= Count)
        {
            return;
        }

        if (!_isGathered)
        {
            // The k-th best of the blocks' maxima: at least k tokens reach it, and few more.
            Span<float> maxima = _maxima.AsSpan(0, (Scores.Length + ScoreKernels.MaximumBlock - 1) / ScoreKernels.MaximumBlock);
            ScoreKernels.BlockMaxima(Scores, maxima);
            GatherScores(KthOf(maxima, k));
        }

        Select(k, double.PositiveInfinity);
    }

    /// <summary>Keeps the smallest set of best tokens whose probability reaches p (Holtzman et al. 2020, arXiv:1904.09751).</summary>
    /// <param name="p">In (0, 1).</param>
    public void KeepNucleus(float p)
    {
        Weigh();
        double target = p * _total;
        if (_isGathered)
        {
            Select(_count, target);
            return;
        }

        // A power of two: tokens of twice its weight do not reach the mass, those of its weight do.
        ReadOnlySpan<float> weights = _weights.AsSpan(0, Scores.Length);
        (int low, int high) = (0, LeastExponent);
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = ScoreKernels.SumAbove(weights, MathF.ScaleB(1, -middle)) >= target ? (low, middle) : (middle + 1, high);
        }

        GatherWeights(low == LeastExponent ? 0 : MathF.ScaleB(1, -low));
        SelectBehind(MathF.ScaleB(1, 1 - low), target);
    }

    /// <summary>Keeps tokens at least so probable relative to the best one (Nguyen et al. 2024, arXiv:2407.01082).</summary>
    /// <param name="share">In (0, 1].</param>
    public void KeepAbove(float share)
    {
        Weigh();
        if (!_isGathered)
        {
            GatherWeights(share);
            return;
        }

        int kept = 0;
        for (int i = 0; i < _count; i++)
        {
            if (_masses[i] >= share)
            {
                (_ids[kept], _keys[kept], _masses[kept]) = (_ids[i], _keys[i], _masses[i]);
                kept++;
            }
        }

        Narrowed(kept);
    }

    /// <summary>
    /// Keeps the smallest set of tokens of probability p whose surprise −ln p is nearest to the entropy
    /// (Meister et al. 2023, arXiv:2202.00666).
    /// </summary>
    /// <param name="p">In (0, 1).</param>
    public void KeepTypical(float p)
    {
        Weigh();
        if (!_isGathered)
        {
            GatherWeights(float.Epsilon);
        }

        // Of weight w and sum W the surprise is ln W − ln w; its mean, the entropy, is ln W − Σ w ln w / W.
        double mean = 0;
        for (int i = 0; i < _count; i++)
        {
            mean += _masses[i] * (double)MathF.Log(MathF.Max(_masses[i], float.Epsilon));
        }

        mean /= _total;
        for (int i = 0; i < _count; i++)
        {
            _keys[i] = _masses[i] > 0 ? (float)-Math.Abs(mean - MathF.Log(_masses[i])) : float.MinValue;
        }

        Select(_count, p * _total);
    }

    /// <summary>Draws by inverse transform: the first token at which the running sum of weights passes u × total.</summary>
    /// <param name="u">Uniform in [0, 1).</param>
    /// <returns>A token id of non-zero probability.</returns>
    public int Draw(double u)
    {
        Weigh();
        double target = u * _total;
        if (_isGathered)
        {
            return _ids[At(_masses.AsSpan(0, _count), target)];
        }

        int block = 0;
        for (int i = 0; i * ScoreKernels.SumBlock < _size; i++)
        {
            if (_sums[i] == 0)
            {
                continue;
            }

            block = i;
            if (_sums[i] > target)
            {
                break;
            }

            target -= _sums[i];
        }

        int start = block * ScoreKernels.SumBlock;
        return start + At(_weights.AsSpan(start, Math.Min(ScoreKernels.SumBlock, _size - start)), target);
    }

    /// <summary>The sum of all weights.</summary>
    public double Total()
    {
        Weigh();
        return _total;
    }

    /// <summary>The tokens in play with their scores, best first, the lower id on a tie; for few of them.</summary>
    /// <param name="best">Exactly <see cref="Count"/> of them.</param>
    public void CopyBest(Span<TokenLogProbability> best)
    {
        if (!_isGathered)
        {
            GatherScores(float.NegativeInfinity);
        }

        for (int i = 0; i < best.Length; i++)
        {
            // What is better than i of the others is at place i.
            int place = 0;
            for (int other = 0; other < best.Length; other++)
            {
                place += _keys[other] > _keys[i] || (_keys[other] == _keys[i] && _ids[other] < _ids[i]) ? 1 : 0;
            }

            best[place] = new TokenLogProbability(_ids[i], _keys[i]);
        }
    }

    private static int Padded(int size) => (size + Vector512<float>.Count - 1) / Vector512<float>.Count * Vector512<float>.Count;

    /// <summary>The first place at which the sum of weights passes the target; rounding may leave it to the last that has any.</summary>
    private static int At(ReadOnlySpan<float> weights, double target)
    {
        int last = 0;
        double sum = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            if (weights[i] == 0)
            {
                continue;
            }

            last = i;
            sum += weights[i];
            if (sum > target)
            {
                break;
            }
        }

        return last;
    }

    private float KthOf(Span<float> maxima, int k)
    {
        if (k > maxima.Length)
        {
            return float.NegativeInfinity;
        }

        for (int i = 0; i < maxima.Length; i++)
        {
            _ids[i] = i;
        }

        new BestFirst(maxima, _ids.AsSpan(0, maxima.Length), _masses.AsSpan(0, maxima.Length)).Keep(k, double.PositiveInfinity);
        float least = float.PositiveInfinity;
        foreach (float maximum in maxima[..k])
        {
            least = MathF.Min(least, maximum);
        }

        return least;
    }

    private void GatherScores(float threshold)
    {
        _count = ScoreKernels.Gather(Scores, threshold, _size, _ids);
        for (int i = 0; i < _count; i++)
        {
            _keys[i] = _scores[_ids[i]];
        }

        (_isGathered, _isWeighed) = (true, false);
    }

    private void GatherWeights(float threshold)
    {
        _count = ScoreKernels.Gather(_weights.AsSpan(0, Scores.Length), threshold, _size, _ids);
        double total = 0;
        for (int i = 0; i < _count; i++)
        {
            (_keys[i], _masses[i]) = (_scores[_ids[i]], _weights[_ids[i]]);
            total += _masses[i];
        }

        (_isGathered, _total) = (true, total);
    }

    private void Select(int count, double mass) =>
        Narrowed(new BestFirst(_keys.AsSpan(0, _count), _ids.AsSpan(0, _count), _masses.AsSpan(0, _count)).Keep(count, mass));

    /// <summary>Keeps tokens from a weight on, and of the others the best until all together reach a mass.</summary>
    private void SelectBehind(float sure, double mass)
    {
        int first = 0;
        double reached = 0;
        for (int i = 0; i < _count; i++)
        {
            if (_masses[i] >= sure)
            {
                (_ids[i], _ids[first]) = (_ids[first], _ids[i]);
                (_keys[i], _keys[first]) = (_keys[first], _keys[i]);
                (_masses[i], _masses[first]) = (_masses[first], _masses[i]);
                reached += _masses[first++];
            }
        }

        int open = _count - first;
        Narrowed(first + new BestFirst(_keys.AsSpan(first, open), _ids.AsSpan(first, open), _masses.AsSpan(first, open)).Keep(open, mass - reached));
    }

    private void Narrowed(int count)
    {
        _count = count;
        if (!_isWeighed)
        {
            return;
        }

        _total = 0;
        foreach (float mass in _masses.AsSpan(0, count))
        {
            _total += mass;
        }
    }

    private void Weigh()
    {
        if (_isWeighed)
        {
            return;
        }

        if (_isGathered)
        {
            int padded = Padded(_count);
            _keys.AsSpan(_count, padded - _count).Fill(float.NegativeInfinity);
            _total = ScoreKernels.Exponentials(_keys.AsSpan(0, padded), _best, _temperature, _masses.AsSpan(0, padded), _sums);
        }
        else
        {
            _total = ScoreKernels.Exponentials(Scores, _best, _temperature, _weights.AsSpan(0, Scores.Length), _sums);
        }

        _isWeighed = true;
    }
}
