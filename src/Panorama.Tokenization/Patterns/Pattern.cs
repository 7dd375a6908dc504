namespace Panorama.Tokenization.Patterns;

/// <summary>What an instruction does.</summary>
internal enum PatternOp
{
    /// <summary>Ends a match.</summary>
    Match,

    /// <summary>Takes a character of a set.</summary>
    One,

    /// <summary>Goes to A, and to B when that fails.</summary>
    Split,

    /// <summary>Goes to A.</summary>
    Jump,

    /// <summary>Requires a place.</summary>
    Place,

    /// <summary>Requires that the program at A matches here, or with B = 1 that it does not.</summary>
    Look,

    /// <summary>Requires a character of a set before, or with B = 1 none.</summary>
    Behind,

    /// <summary>Takes the first match of the program at A.</summary>
    Atomic,
}

/// <summary>One instruction; the next one follows unless it says otherwise.</summary>
/// <param name="Op">What it does.</param>
/// <param name="A">A target, or a place.</param>
/// <param name="B">A target, or a flag.</param>
/// <param name="Set">A set of characters.</param>
internal sealed record PatternStep(PatternOp Op, int A = 0, int B = 0, CharSet? Set = null);

/// <summary>A compiled regular expression: a program for <see cref="PatternMatcher"/>. Immutable.</summary>
internal sealed class Pattern
{
    private const int MostSteps = 20_000; // PatternMatcher has 15 bits for them
    private const int MostParts = 10 * MostSteps;
    private readonly List<PatternStep> _steps = [];
    private int _parts;

    /// <summary>Compiles an expression.</summary>
    /// <exception cref="PatternException">It is malformed, too large, or has a part that is not supported.</exception>
    public Pattern(string text)
        : this(text, PatternParser.Parse(text))
    {
    }

    /// <summary>Compiles an expression that is taken apart already.</summary>
    public Pattern(string text, PatternNode node)
    {
        Text = text;
        Emit(node);
        _steps.Add(new PatternStep(PatternOp.Match));
        Steps = [.. _steps];
    }

    /// <summary>The expression.</summary>
    public string Text { get; }

    /// <summary>The program; it starts at 0.</summary>
    public PatternStep[] Steps { get; }

    private int Add(PatternStep step)
    {
        if (_steps.Count >= MostSteps) throw new PatternException($"is too large: more than {MostSteps} steps");
        _steps.Add(step);
        return _steps.Count - 1;
    }

    private void Emit(PatternNode node)
    {
        // Repeats of empty groups add no step, and yet take time.
        if (++_parts > MostParts) throw new PatternException($"is too large: more than {MostParts} parts with its repeats written out");
        switch (node)
        {
            case PatternNode.One one: Add(new PatternStep(PatternOp.One, Set: one.Set)); break;
            case PatternNode.Sequence sequence:
                foreach (PatternNode part in sequence.Parts) Emit(part);
                break;
            case PatternNode.Choice choice: EmitChoice(choice); break;
            case PatternNode.Repeat repeat: EmitRepeat(repeat); break;
            case PatternNode.Atomic atomic: EmitInner(PatternOp.Atomic, atomic.Part, negative: false); break;
            case PatternNode.LookAhead look: EmitInner(PatternOp.Look, look.Part, look.Negative); break;
            case PatternNode.LookBehind behind: Add(new PatternStep(PatternOp.Behind, B: behind.Negative ? 1 : 0, Set: behind.Set)); break;
            case PatternNode.At at: Add(new PatternStep(PatternOp.Place, (int)at.Place)); break;
        }
    }

    private void EmitChoice(PatternNode.Choice choice)
    {
        var ends = new List<int>();
        for (int i = 0; i < choice.Parts.Count; i++)
        {
            bool last = i == choice.Parts.Count - 1;
            int split = last ? -1 : Add(new PatternStep(PatternOp.Split));
            Emit(choice.Parts[i]);
            if (last) break;
            ends.Add(Add(new PatternStep(PatternOp.Jump)));
            _steps[split] = new PatternStep(PatternOp.Split, split + 1, _steps.Count);
        }

        foreach (int end in ends) _steps[end] = new PatternStep(PatternOp.Jump, _steps.Count);
    }

    private void EmitRepeat(PatternNode.Repeat repeat)
    {
        for (int i = 0; i < repeat.Least; i++) Emit(repeat.Part);
        if (repeat.Most == int.MaxValue)
        {
            int split = Add(new PatternStep(PatternOp.Split));
            Emit(repeat.Part);
            Add(new PatternStep(PatternOp.Jump, split));
            _steps[split] = Split(split + 1, _steps.Count, repeat.Greedy);
            return;
        }

        var splits = new List<int>();
        for (int i = repeat.Least; i < repeat.Most; i++)
        {
            splits.Add(Add(new PatternStep(PatternOp.Split)));
            Emit(repeat.Part);
        }

        foreach (int split in splits) _steps[split] = Split(split + 1, _steps.Count, repeat.Greedy);
    }

    private static PatternStep Split(int into, int past, bool greedy) => greedy ? new PatternStep(PatternOp.Split, into, past) : new PatternStep(PatternOp.Split, past, into);

    private void EmitInner(PatternOp op, PatternNode part, bool negative)
    {
        int step = Add(new PatternStep(op));
        int jump = Add(new PatternStep(PatternOp.Jump));
        Emit(part);
        Add(new PatternStep(PatternOp.Match));
        _steps[step] = new PatternStep(op, jump + 1, negative ? 1 : 0);
        _steps[jump] = new PatternStep(PatternOp.Jump, _steps.Count);
    }
}
