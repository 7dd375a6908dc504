namespace Panorama.Inference.Constraints;

/// <summary>Finds how deeply calls must be nested, at least, to come from each node to the end of its rule.</summary>
internal static class GrammarNeeds
{
    /// <summary>The need of each node; <see cref="ByteGrammar.Endless"/> where no end can be reached.</summary>
    /// <param name="isEnd">Whether a node ends its rule.</param>
    /// <param name="edges">Byte edges.</param>
    /// <param name="empties">Empty edges.</param>
    /// <param name="calls">Calls.</param>
    public static int[] Find(List<bool> isEnd, List<(int From, ByteEdge Edge)> edges, List<(int From, int To)> empties, IReadOnlyList<(int From, RuleCall Call)> calls)
    {
        var needs = new int[isEnd.Count];
        var into = new List<int>?[isEnd.Count]; // edges that lead to a node, as an index: byte edges, then empty ones, then calls by return and by rule
        Array.Fill(needs, ByteGrammar.Endless);
        for (int i = 0; i < edges.Count; i++)
        {
            Add(edges[i].Edge.Target, i);
        }

        for (int i = 0; i < empties.Count; i++)
        {
            Add(empties[i].To, edges.Count + i);
        }

        for (int i = 0; i < calls.Count; i++)
        {
            Add(calls[i].Call.Return, edges.Count + empties.Count + i);
            Add(calls[i].Call.Rule, edges.Count + empties.Count + i);
        }

        // Nodes are settled in ascending order of their need (Dijkstra 1959); a call needs the larger of its two sides.
        var queue = new PriorityQueue<int, int>();
        for (int node = 0; node < isEnd.Count; node++)
        {
            if (isEnd[node])
            {
                Settle(node, 0);
            }
        }

        while (queue.TryDequeue(out int node, out int need))
        {
            if (need > needs[node] || into[node] is not { } edgesInto)
            {
                continue;
            }

            foreach (int index in edgesInto)
            {
                if (index < edges.Count)
                {
                    Settle(edges[index].From, need);
                }
                else if (index < edges.Count + empties.Count)
                {
                    Settle(empties[index - edges.Count].From, need);
                }
                else
                {
                    (int from, RuleCall call) = calls[index - edges.Count - empties.Count];
                    Settle(from, Math.Max(needs[call.Return], needs[call.Rule] + 1));
                }
            }
        }

        return needs;

        void Add(int node, int edge) => (into[node] ??= []).Add(edge);

        void Settle(int node, int need)
        {
            if (need < needs[node])
            {
                needs[node] = need;
                queue.Enqueue(node, need);
            }
        }
    }
}
