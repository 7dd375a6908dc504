using System.Globalization;

namespace Panorama.Inference.Constraints;

/// <summary>
/// Builds a <see cref="ByteGrammar"/>. Parts are emitted from a node on and give the node they end at, so that a part can
/// be emitted several times. Rules are emitted once, after the part that calls them first.
/// </summary>
/// <param name="limits">How large it may become.</param>
internal sealed class GrammarBuilder(ConstraintLimits limits)
{
    private readonly List<(int From, ByteEdge Edge)> _edges = [];
    private readonly List<(int From, int To)> _empties = [];
    private readonly List<(int From, int Rule, int Return)> _calls = []; // Rule: index
    private readonly List<(int Start, int End, int Step, int Least, int Most)> _repeats = [];
    private readonly List<Func<int, int>> _rules = [];
    private readonly List<bool> _isEnd = [];

    /// <summary>What the grammar may use up.</summary>
    public ConstraintLimits Limits { get; } = limits;

    /// <summary>Makes a node.</summary>
    /// <exception cref="ConstraintException">There are too many.</exception>
    public int Node()
    {
        if (_isEnd.Count >= Limits.Nodes)
        {
            throw new ConstraintException(string.Create(CultureInfo.InvariantCulture, $"The constraint is too large: its automaton has more than {Limits.Nodes:N0} states. Use fewer alternatives or smaller repeats."));
        }

        _isEnd.Add(false);
        return _isEnd.Count - 1;
    }

    /// <summary>A byte of a range.</summary>
    public int Bytes(int from, byte first, byte last, int? to = null)
    {
        int target = to ?? Node();
        _edges.Add((from, new ByteEdge(first, last, target)));
        return target;
    }

    /// <summary>Bytes one after the other.</summary>
    public int Literal(int from, ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            from = Bytes(from, value, value);
        }

        return from;
    }

    /// <summary>Goes on elsewhere without a byte.</summary>
    public void Empty(int from, int to) => _empties.Add((from, to));

    /// <summary>One of some texts; texts that begin alike share their states.</summary>
    public int Literals(int from, IEnumerable<byte[]> texts)
    {
        int end = Node();
        var children = new Dictionary<(int Node, byte Next), int>();
        foreach (byte[] text in texts)
        {
            int at = from;
            foreach (byte next in text)
            {
                if (!children.TryGetValue((at, next), out int child))
                {
                    child = Bytes(at, next, next);
                    children.Add((at, next), child);
                }

                at = child;
            }

            Empty(at, end);
        }

        return end;
    }

    /// <summary>A character of a set, in UTF-8.</summary>
    public int Characters(int from, CodePoints set, int? to = null)
    {
        int end = to ?? Node();
        var children = new Dictionary<(int Node, byte First, byte Last), int>();
        foreach ((int first, int last) in set.Ranges)
        {
            foreach ((byte First, byte Last)[] sequence in Utf8Ranges.Split(first, last))
            {
                int at = from;
                for (int i = 0; i < sequence.Length; i++)
                {
                    (byte low, byte high) = sequence[i];
                    if (i == sequence.Length - 1)
                    {
                        Bytes(at, low, high, end);
                    }
                    else if (children.TryGetValue((at, low, high), out int child))
                    {
                        at = child;
                    }
                    else
                    {
                        int next = Bytes(at, low, high);
                        children.Add((at, low, high), next);
                        at = next;
                    }
                }
            }
        }

        return end;
    }

    /// <summary>One of several parts.</summary>
    public int Choice(int from, IEnumerable<Func<int, int>> parts)
    {
        int end = Node();
        foreach (Func<int, int> part in parts)
        {
            int start = Node();
            Empty(from, start);
            Empty(part(start), end);
        }

        return end;
    }

    /// <summary>A part or nothing.</summary>
    public int Optional(int from, Func<int, int> part)
    {
        int end = part(from);
        Empty(from, end);
        return end;
    }

    /// <summary>A part several times.</summary>
    /// <param name="from">Where it begins.</param>
    /// <param name="least">The fewest rounds.</param>
    /// <param name="most">The most; null: without a limit.</param>
    /// <param name="part">The part; emits the same states each time.</param>
    public int Repeat(int from, int least, int? most, Func<int, int> part)
    {
        int end = Node(), at = from, first = _isEnd.Count, step = 0;
        int rounds = most ?? least;
        for (int i = 0; i < rounds; i++)
        {
            if (i >= least)
            {
                Empty(at, end);
            }

            int before = _isEnd.Count;
            at = part(at);
            step = i == 0 || step == _isEnd.Count - before ? _isEnd.Count - before : -1;
        }

        if (rounds > 2 && step > 0)
        {
            _repeats.Add((first, _isEnd.Count, step, least, most ?? int.MaxValue));
        }

        if (most is null)
        {
            int loop = Node();
            Empty(at, loop);
            Empty(part(loop), loop);
            at = loop;
        }

        Empty(at, end);
        return end;
    }

    /// <summary>Makes a rule; it is emitted later, so it may call itself.</summary>
    public int Rule(Func<int, int> emit)
    {
        _rules.Add(emit);
        return _rules.Count - 1;
    }

    /// <summary>Calls a rule.</summary>
    public int Call(int from, int rule)
    {
        int back = Node();
        _calls.Add((from, rule, back));
        return back;
    }

    /// <summary>Finishes the grammar.</summary>
    /// <param name="emit">The whole text.</param>
    /// <param name="depth">Most calls nested.</param>
    /// <exception cref="ConstraintException">It is too large, or no text fits it.</exception>
    public ByteGrammar Build(Func<int, int> emit, int depth)
    {
        int start = Node();
        _isEnd[emit(start)] = true;
        var ruleStarts = new List<int>();
        while (ruleStarts.Count < _rules.Count)
        {
            ruleStarts.Add(Node());
            _isEnd[_rules[ruleStarts.Count - 1](ruleStarts[^1])] = true;
        }

        (int From, RuleCall Call)[] calls = [.. _calls.OrderBy(static call => call.From).Select(call => (call.From, new RuleCall(ruleStarts[call.Rule], call.Return)))];
        ByteEdge[] edges = [.. _edges.OrderBy(static edge => edge.From).Select(static edge => edge.Edge)];
        (byte[] classes, byte[] classBytes) = Classes(edges);
        int[] needs = GrammarNeeds.Find(_isEnd, _edges, _empties, calls);
        if (needs[start] > depth)
        {
            throw new ConstraintException(needs[start] >= ByteGrammar.Endless
                ? "The constraint can never be met: no finite text fits it."
                : string.Create(CultureInfo.InvariantCulture, $"The constraint can only be met by nesting deeper than {depth} levels."));
        }

        return new ByteGrammar
        {
            EdgeStarts = Starts(_edges.Select(static edge => edge.From)),
            Edges = edges,
            EmptyStarts = Starts(_empties.Select(static empty => empty.From)),
            Empties = [.. _empties.OrderBy(static empty => empty.From).Select(static empty => empty.To)],
            CallStarts = Starts(_calls.Select(static call => call.From)),
            Calls = [.. calls.Select(static call => call.Call)],
            IsEnd = [.. _isEnd],
            Needs = needs,
            Aliases = Aliases(),
            ByteClasses = classes,
            ClassBytes = classBytes,
            Start = start,
            MaxDepth = depth,
        };
    }

    private int[] Starts(IEnumerable<int> froms)
    {
        var starts = new int[_isEnd.Count + 1];
        foreach (int from in froms)
        {
            starts[from + 1]++;
        }

        for (int i = 0; i < _isEnd.Count; i++)
        {
            starts[i + 1] += starts[i];
        }

        return starts;
    }

    private static (byte[] Classes, byte[] ClassBytes) Classes(ByteEdge[] edges)
    {
        var begins = new bool[257];
        foreach (ByteEdge edge in edges)
        {
            begins[edge.First] = begins[edge.Last + 1] = true;
        }

        var classes = new byte[256];
        var bytes = new List<byte> { 0 };
        for (int b = 1; b < 256; b++)
        {
            if (begins[b])
            {
                bytes.Add((byte)b);
            }

            classes[b] = (byte)(bytes.Count - 1);
        }

        return (classes, [.. bytes]);
    }

    // Rounds that are far enough from both bounds of a repeat look alike to any token; so do their states, which lie a
    // fixed step apart. Outer repeats come later in the list: inner states are mapped first, then the round they are in.
    private int[] Aliases()
    {
        int[] aliases = [.. Enumerable.Range(0, _isEnd.Count)];
        foreach ((int start, int end, int step, int least, int most) in _repeats)
        {
            for (int node = start + step; node < end; node++)
            {
                int round = (node - start) / step;
                int toLeast = least - round - 1, toMost = most - round - 1;
                if (toMost <= ByteGrammar.AliasReach || (round < least && toLeast <= ByteGrammar.AliasReach))
                {
                    continue;
                }

                int same = round < least ? 1 : Math.Max(least, 1);
                aliases[node] -= Math.Max(round - same, 0) * step;
            }
        }

        return aliases;
    }
}
