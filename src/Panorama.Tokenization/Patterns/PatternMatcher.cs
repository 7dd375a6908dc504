using System.Text;
using Panorama.Core.Errors;
using Panorama.Tokenization.Bytes;

namespace Panorama.Tokenization.Patterns;

/// <summary>
/// Runs a <see cref="Pattern"/> over UTF-8 by backtracking that never enters the same step at the same place twice in one attempt
/// (as RE2's BitState does), so an attempt is linear in what it sees. The work over a whole text is bounded as well: no pattern
/// can hang. Used by one thread at a time, for one text.
/// </summary>
/// <param name="pattern">The pattern.</param>
/// <param name="textLength">The length of the text in bytes.</param>
internal sealed class PatternMatcher(Pattern pattern, int textLength)
{
    /// <summary>The most steps and places that one attempt may hold in memory, in all its levels; each takes 24 to 40 bytes.</summary>
    public const int MostVisited = 1 << 21;

    private const int StepsPerByte = 4_000; // published patterns take 10 to 50
    private readonly List<Level> _levels = [];
    private int _visited;

    /// <summary>The most steps that a whole text may take.</summary>
    public long MostSteps { get; } = 10_000_000 + ((long)textLength * StepsPerByte);

    /// <summary>How many steps the text took so far.</summary>
    public long Steps { get; private set; }

    /// <summary>The first match at or after a place.</summary>
    /// <exception cref="InputException">The pattern needs far too many steps for this text.</exception>
    public bool TryFind(ReadOnlySpan<byte> text, int from, out int start, out int end)
    {
        for (start = from; start <= text.Length; start += start < text.Length ? CharLength(text, start) : 1)
        {
            end = Run(text, 0, start, depth: 0);
            if (end >= 0) return true;
        }

        (start, end) = (text.Length, text.Length);
        return false;
    }

    private static int CharLength(ReadOnlySpan<byte> text, int at)
    {
        if (text[at] < 0x80) return 1;
        Rune.DecodeFromUtf8(text[at..], out _, out int length);
        return length;
    }

    /// <summary>The end of the match of a program at a place, or -1.</summary>
    private int Run(ReadOnlySpan<byte> text, int program, int start, int depth)
    {
        if (_levels.Count == depth) _levels.Add(new Level());
        Level level = _levels[depth];
        level.Push(program, start);
        int end = Run(text, level, depth);
        _visited -= level.Count;
        level.Clear();
        return end;
    }

    private int Run(ReadOnlySpan<byte> text, Level level, int depth)
    {
        while (level.TryPop(out int step, out int at))
        {
            while (true)
            {
                if (++Steps > MostSteps) throw TooMuch();
                PatternStep now = pattern.Steps[step];
                if (now.Op is PatternOp.Split or PatternOp.Atomic)
                {
                    if (!level.Enter(step, at)) break;
                    if (++_visited > MostVisited) throw TooMuch();
                }

                if (now.Op == PatternOp.Match) return at;
                if (!Advance(text, now, ref step, ref at, level, depth)) break;
            }
        }

        return -1;
    }

    private InputException TooMuch() =>
        new($"The regular expression {pattern.Text} of the tokenizer takes too many steps on this text. Use a tokenizer with a simpler one, or split the text.");

    private bool Advance(ReadOnlySpan<byte> text, PatternStep now, ref int step, ref int at, Level level, int depth)
    {
        switch (now.Op)
        {
            case PatternOp.One:
                if (at >= text.Length) return false;
                int scalar = text[at], length = 1;
                if (scalar >= 0x80)
                {
                    Rune.DecodeFromUtf8(text[at..], out Rune rune, out length);
                    scalar = rune.Value;
                }

                if (!now.Set!.Contains(scalar)) return false;
                at += length;
                break;
            case PatternOp.Split:
                level.Push(now.B, at);
                step = now.A;
                return true;
            case PatternOp.Jump:
                step = now.A;
                return true;
            case PatternOp.Place:
                if (!IsAt(text, at, (PatternPlace)now.A)) return false;
                break;
            case PatternOp.Behind:
                if (Before(text, at, now.Set!) == (now.B == 1)) return false;
                break;
            case PatternOp.Look:
                if (Run(text, now.A, at, depth + 1) >= 0 == (now.B == 1)) return false;
                break;
            default:
                int end = Run(text, now.A, at, depth + 1);
                if (end < 0) return false;
                at = end;
                break;
        }

        step++;
        return true;
    }

    private static bool IsAt(ReadOnlySpan<byte> text, int at, PatternPlace place) => place switch
    {
        PatternPlace.TextStart => at == 0,
        PatternPlace.TextEnd => at == text.Length,
        PatternPlace.LastLineEnd => at == text.Length || (at == text.Length - 1 && text[at] == '\n'),
        PatternPlace.LineStart => at == 0 || text[at - 1] == '\n',
        PatternPlace.LineEnd => at == text.Length || text[at] == '\n',
        _ => (Before(text, at, CharSet.WordAlone) != After(text, at, CharSet.WordAlone)) == (place == PatternPlace.WordEdge),
    };

    private static bool Before(ReadOnlySpan<byte> text, int at, CharSet set) =>
        at > 0 && Rune.DecodeLastFromUtf8(text[..at], out Rune rune, out _) is var _ && set.Contains(rune.Value);

    private static bool After(ReadOnlySpan<byte> text, int at, CharSet set) =>
        at < text.Length && Rune.DecodeFromUtf8(text[at..], out Rune rune, out _) is var _ && set.Contains(rune.Value);

    /// <summary>
    /// The stack and the visited places of one program that runs. A place is marked with the number of the run, so that a new run
    /// begins without clearing: what a run costs is what it enters.
    /// </summary>
    private sealed class Level
    {
        private const int PlaceBits = 47; // the text, 31 bits, and the step, below 2^15
        private const ulong LastRun = ulong.MaxValue >> PlaceBits;
        private const int MostKept = 1 << 12; // slots that stay for the next run: every level has some
        private readonly Stack<(int Step, int At)> _stack = new();
        private ulong[] _visited = new ulong[256]; // of another run: free
        private ulong _run = 1;

        public int Count { get; private set; }

        public void Push(int step, int at) => _stack.Push((step, at));

        public bool TryPop(out int step, out int at)
        {
            bool any = _stack.TryPop(out (int Step, int At) top);
            (step, at) = top;
            return any;
        }

        public void Clear()
        {
            _stack.Clear();
            if (Count == 0) return;
            Count = 0;
            if (_visited.Length > MostKept)
            {
                _visited = new ulong[256];
                _run = 0;
                _stack.TrimExcess();
            }
            else if (_run == LastRun)
            {
                Array.Clear(_visited);
                _run = 0;
            }

            _run++;
        }

        public bool Enter(int step, int at)
        {
            ulong key = (_run << PlaceBits) | ((ulong)(uint)step << 32) | (uint)at;
            if (!Put(key)) return false;
            if (++Count * 2 > _visited.Length) Grow();
            return true;
        }

        private bool Put(ulong key)
        {
            int mask = _visited.Length - 1;
            int slot = (int)WordHash.Mix(key) & mask;
            for (; _visited[slot] >> PlaceBits == _run; slot = (slot + 1) & mask)
                if (_visited[slot] == key) return false;
            _visited[slot] = key;
            return true;
        }

        private void Grow()
        {
            ulong[] old = _visited;
            _visited = new ulong[old.Length * 2];
            foreach (ulong key in old)
                if (key >> PlaceBits == _run) Put(key);
        }
    }
}
