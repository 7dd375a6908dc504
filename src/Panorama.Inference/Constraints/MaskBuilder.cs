using System.Runtime.InteropServices;

namespace Panorama.Inference.Constraints;

/// <summary>
/// Finds the tokens that may follow a state: a walk over the tree of tokens with the automaton. Not safe for several threads.
/// </summary>
/// <remarks>
/// A state's places are taken apart by the call that they are in. The walk of such a part does not look out of the call:
/// where tokens come out of it, it notes the place in the tree, and only from there on the calls around matter. So a walk
/// over the whole tree is done once for, say, the inside of a string, and not again for every string of a schema.
/// </remarks>
internal sealed class MaskBuilder
{
    // A call under way for so many levels more or less looks the same to all tokens.
    private const int FarSlack = 40;

    private readonly Automaton _automaton;
    private readonly TokenTrie _trie;
    private readonly int[] _endTokens;
    private readonly long _mostBytes;
    private readonly AutomatonState[] _way;
    private readonly Dictionary<int, Frame> _openFrames = [];
    private readonly Dictionary<Frame, List<GrammarPlace>> _parts = new(ReferenceEqualityComparer.Instance);
    private readonly List<AutomatonState> _masked = [];
    private readonly List<int> _exits = [];
    private long _bytes;

    /// <summary>Makes the builder of a grammar and a vocabulary.</summary>
    /// <param name="automaton">The grammar's automaton.</param>
    /// <param name="trie">The tokens.</param>
    /// <param name="endTokens">Tokens that end a text.</param>
    /// <param name="mostBytes">Most memory of the masks kept.</param>
    public MaskBuilder(Automaton automaton, TokenTrie trie, int[] endTokens, long mostBytes)
    {
        (_automaton, _trie, _endTokens, _mostBytes) = (automaton, trie, endTokens, mostBytes);
        _way = new AutomatonState[byte.MaxValue + 2];
    }

    /// <summary>Words of a mask.</summary>
    private int Words => (_trie.VocabularySize + 31) / 32;

    /// <summary>The tokens that may follow a state: bit t % 32 of word t / 32 belongs to token t.</summary>
    public uint[] MaskOf(AutomatonState state)
    {
        if (state.Mask is not null)
        {
            return state.Mask;
        }

        MakeRoom();
        AutomatonState alias = _automaton.Alias(state);
        if (alias.Mask is null)
        {
            Keep(alias, Find(alias));
        }

        if (!ReferenceEquals(alias, state))
        {
            Keep(state, alias.Mask!, isShared: true);
        }

        return state.Mask!;
    }

    /// <summary>The tokens that a text may begin with when a space at its start is left out.</summary>
    public uint[] FirstMask()
    {
        var mask = new uint[Words];
        AutomatonState start = _automaton.Start;
        int space = _trie.Find((byte)' ');
        if (space < 0)
        {
            Walk(0, _trie.Values.Length, start, 0, mask, exits: null);
        }
        else
        {
            Walk(0, space, start, 0, mask, exits: null);
            Walk(space + 1, _trie.Ends[space], start, 1, mask, exits: null);
            Walk(_trie.Ends[space], _trie.Values.Length, start, 0, mask, exits: null);
        }

        AddEnd(mask, start);
        return mask;
    }

    private uint[] Find(AutomatonState state)
    {
        _parts.Clear();
        foreach (GrammarPlace place in state.Places)
        {
            ref List<GrammarPlace>? part = ref CollectionsMarshal.GetValueRefOrAddDefault(_parts, place.Frame, out _);
            (part ??= []).Add(place);
        }

        uint[]? mask = null;
        foreach ((Frame frame, List<GrammarPlace> part) in _parts)
        {
            AutomatonState open = Opened(frame, part);
            if (mask is null && _parts.Count == 1 && !state.Accepts && (frame.Outer is null || open.Exits.Length == 0))
            {
                return open.Mask!;
            }

            mask ??= new uint[Words];
            for (int i = 0; i < mask.Length; i++)
            {
                mask[i] |= open.Mask![i];
            }

            if (frame.Outer is not null && open.Exits.Length > 0)
            {
                AutomatonState outside = _automaton.From(frame.Return, frame.Outer);
                foreach (int exit in open.Exits)
                {
                    Walk(exit + 1, _trie.Ends[exit], outside, _trie.Depths[exit], mask, exits: null);
                }
            }
        }

        mask ??= new uint[Words];
        AddEnd(mask, state);
        return mask;
    }

    /// <summary>The state of some places of one frame, as if nothing were known of what is around it; with its mask.</summary>
    private AutomatonState Opened(Frame frame, List<GrammarPlace> part)
    {
        int slack = Math.Min(_automaton.Slack(frame), FarSlack);
        if (!_openFrames.TryGetValue(slack, out Frame? open))
        {
            open = Frame.Open(_automaton.Slack(frame) - slack + frame.Depth);
            _openFrames.Add(slack, open);
        }

        AutomatonState state = _automaton.Of(part.Select(place => place with { Frame = open }));
        if (state.Mask is null)
        {
            var mask = new uint[Words];
            _exits.Clear();
            Walk(0, _trie.Values.Length, state, 0, mask, _exits);
            state.Exits = [.. _exits];
            Keep(state, mask);
        }

        return state;
    }

    private void Walk(int node, int end, AutomatonState from, int depth, uint[] mask, List<int>? exits)
    {
        _way[depth] = from;
        byte[] values = _trie.Values, depths = _trie.Depths;
        while (node < end)
        {
            AutomatonState next = _automaton.Next(_way[depths[node] - 1], values[node]);
            if (ReferenceEquals(next, Automaton.Dead))
            {
                node = _trie.Ends[node];
                continue;
            }

            foreach (int token in _trie.Tokens(node))
            {
                mask[token >> 5] |= 1u << (token & 31);
            }

            if (exits is not null && next.ComesOut && _trie.Ends[node] > node + 1)
            {
                exits.Add(node);
            }

            _way[depths[node]] = next;
            node = next.Places.Length > 0 ? node + 1 : _trie.Ends[node];
        }
    }

    private void AddEnd(uint[] mask, AutomatonState state)
    {
        if (!state.Accepts)
        {
            return;
        }

        foreach (int token in _endTokens)
        {
            mask[token >> 5] |= 1u << (token & 31);
        }
    }

    private void Keep(AutomatonState state, uint[] mask, bool isShared = false)
    {
        state.Mask = mask;
        _masked.Add(state);
        _bytes += isShared ? 0 : mask.Length * sizeof(uint);
    }

    private void MakeRoom()
    {
        _automaton.Trim();
        if (_bytes < _mostBytes)
        {
            return;
        }

        foreach (AutomatonState state in _masked)
        {
            state.Mask = null;
        }

        _masked.Clear();
        _bytes = 0;
    }
}
