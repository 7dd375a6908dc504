using System.Globalization;

namespace Panorama.Inference.Constraints;

/// <summary>
/// Makes a grammar deterministic as far as texts need it (lazy subset construction, as in RE2, over places with a stack of
/// calls). Not safe for several threads.
/// </summary>
/// <remarks>
/// No state is a dead end: a place is only entered when the calls still to come fit into the depth that is left, so from
/// every place bytes lead to the end of the text.
/// </remarks>
internal sealed class Automaton
{
    /// <summary>No state: the text cannot go on so.</summary>
    public static readonly AutomatonState Dead = new([], accepts: false, comesOut: false, 0);

    private readonly ByteGrammar _grammar;
    private readonly ConstraintLimits _limits;
    private readonly Dictionary<AutomatonState, AutomatonState> _states = new(new StateComparer());
    private readonly HashSet<GrammarPlace> _seen = [];
    private readonly Stack<GrammarPlace> _open = new();
    private readonly List<GrammarPlace> _found = [];
    private Frame _bottom = Frame.Bottom();
    private readonly Dictionary<Frame, Frame> _aliases = new(ReferenceEqualityComparer.Instance);
    private int _generation;

    /// <summary>Makes the automaton of a grammar.</summary>
    public Automaton(ByteGrammar grammar, ConstraintLimits limits)
    {
        (_grammar, _limits) = (grammar, limits);
        Start = From(grammar.Start, _bottom);
    }

    /// <summary>The state before the first byte.</summary>
    public AutomatonState Start { get; private set; }

    /// <summary>How many states are kept.</summary>
    public int Count => _states.Count;

    /// <summary>The depth that is left for calls within a place's frame.</summary>
    public int Slack(Frame frame) => _grammar.MaxDepth - frame.Depth;

    /// <summary>The state behind a byte; <see cref="Dead"/> when the text cannot go on so.</summary>
    public AutomatonState Next(AutomatonState state, byte value)
    {
        int @class = _grammar.ByteClasses[value];
        if (state.Generation != _generation)
        {
            state = Renewed(state);
        }

        return state.Next[@class] ??= Step(state, _grammar.ClassBytes[@class]);
    }

    /// <summary>The state of a single node, with all that empty edges and calls lead to.</summary>
    public AutomatonState From(int node, Frame frame)
    {
        Begin();
        Visit(new GrammarPlace(node, frame));
        return Close();
    }

    /// <summary>The state of some places as they are.</summary>
    public AutomatonState Of(IEnumerable<GrammarPlace> places)
    {
        Begin();
        _found.AddRange(places);
        return Intern(accepts: false, comesOut: false);
    }

    /// <summary>A state that no token can tell from this one, the same for as many states as possible.</summary>
    public AutomatonState Alias(AutomatonState state)
    {
        Begin();
        bool same = true;
        foreach (GrammarPlace place in state.Places)
        {
            var alias = new GrammarPlace(_grammar.Aliases[place.Node], AliasOf(place.Frame));
            same &= alias == place;
            if (_seen.Add(alias))
            {
                _found.Add(alias);
            }
        }

        return same ? state : Intern(state.Accepts, state.ComesOut);
    }

    /// <summary>Forgets all states but those that sequences are in: they are made again when needed.</summary>
    public void Trim()
    {
        if (_states.Count <= _limits.States)
        {
            return;
        }

        _generation++;
        _states.Clear();
        _aliases.Clear();
        _bottom = Frame.Bottom(); // the chains of calls made so far go with the states
        Start = From(_grammar.Start, _bottom);
    }

    private Frame AliasOf(Frame frame)
    {
        if (frame.Outer is null)
        {
            return frame;
        }

        if (!_aliases.TryGetValue(frame, out Frame? alias))
        {
            alias = AliasOf(frame.Outer).Call(_grammar.Aliases[frame.Return]);
            _aliases.Add(frame, alias);
        }

        return alias;
    }

    private AutomatonState Renewed(AutomatonState state)
    {
        Begin();
        _found.AddRange(state.Places);
        return Intern(state.Accepts, state.ComesOut);
    }

    private AutomatonState Step(AutomatonState state, byte value)
    {
        Begin();
        foreach (GrammarPlace place in state.Places)
        {
            for (int e = _grammar.EdgeStarts[place.Node]; e < _grammar.EdgeStarts[place.Node + 1]; e++)
            {
                ByteEdge edge = _grammar.Edges[e];
                if (edge.First <= value && value <= edge.Last)
                {
                    Visit(new GrammarPlace(edge.Target, place.Frame));
                }
            }
        }

        return Close();
    }

    private void Begin()
    {
        _seen.Clear();
        _open.Clear();
        _found.Clear();
    }

    // A place from which the depth does not suffice to come to the end is none.
    private void Visit(in GrammarPlace place)
    {
        if (_grammar.Needs[place.Node] <= Slack(place.Frame) && _seen.Add(place))
        {
            _open.Push(place);
        }
    }

    private AutomatonState Close()
    {
        bool accepts = false, comesOut = false;
        while (_open.TryPop(out GrammarPlace place))
        {
            (int node, Frame frame) = place;
            if (_grammar.EdgeStarts[node + 1] > _grammar.EdgeStarts[node])
            {
                _found.Add(place);
            }

            for (int i = _grammar.EmptyStarts[node]; i < _grammar.EmptyStarts[node + 1]; i++)
            {
                Visit(new GrammarPlace(_grammar.Empties[i], frame));
            }

            for (int i = _grammar.CallStarts[node]; i < _grammar.CallStarts[node + 1]; i++)
            {
                RuleCall call = _grammar.Calls[i];
                if (_grammar.Needs[call.Return] <= Slack(frame) && _grammar.Needs[call.Rule] < Slack(frame))
                {
                    Visit(new GrammarPlace(call.Rule, frame.Call(call.Return)));
                }
            }

            if (_grammar.IsEnd[node])
            {
                accepts |= frame.Outer is null && !frame.IsOpen;
                comesOut |= frame.IsOpen;
                if (frame.Outer is not null)
                {
                    Visit(new GrammarPlace(frame.Return, frame.Outer));
                }
            }

            if (_seen.Count > _limits.Places)
            {
                throw new ConstraintException(string.Create(CultureInfo.InvariantCulture, $"The constraint is too ambiguous: the text so far fits it in more than {_limits.Places:N0} ways. Use fewer alternatives that begin alike."));
            }
        }

        return Intern(accepts, comesOut);
    }

    private AutomatonState Intern(bool accepts, bool comesOut)
    {
        if (_found.Count == 0 && !accepts && !comesOut)
        {
            return Dead;
        }

        _found.Sort(static (a, b) => a.Node != b.Node ? a.Node.CompareTo(b.Node) : Order(a.Frame, b.Frame));
        var state = new AutomatonState([.. _found], accepts, comesOut, _grammar.ClassBytes.Length) { Generation = _generation };
        if (_states.TryGetValue(state, out AutomatonState? known))
        {
            return known;
        }

        _states.Add(state, state);
        return state;
    }

    // Any fixed order will do: depth, then where the calls come back to, from the inside out.
    private static int Order(Frame a, Frame b)
    {
        for (Frame? x = a, y = b; !ReferenceEquals(x, y) && x is not null && y is not null; x = x.Outer, y = y.Outer)
        {
            int order = x.Depth != y.Depth ? x.Depth.CompareTo(y.Depth) : x.IsOpen != y.IsOpen ? x.IsOpen.CompareTo(y.IsOpen) : x.Return.CompareTo(y.Return);
            if (order != 0)
            {
                return order;
            }
        }

        return 0;
    }
}
