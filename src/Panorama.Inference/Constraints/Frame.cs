namespace Panorama.Inference.Constraints;

/// <summary>A call under way: where it comes back to, and the calls around it. There is one object for each such chain.</summary>
internal sealed class Frame
{
    private Dictionary<int, Frame>? _inner;

    private Frame(int @return, Frame? outer, int depth, bool isOpen) => (Return, Outer, Depth, IsOpen) = (@return, outer, depth, isOpen);

    /// <summary>The node to come back to.</summary>
    public int Return { get; }

    /// <summary>The call around it; null at the bottom.</summary>
    public Frame? Outer { get; }

    /// <summary>Calls nested, this one included.</summary>
    public int Depth { get; }

    /// <summary>Whether what lies outside is not known: a walk that comes out here notes it and ends.</summary>
    public bool IsOpen { get; }

    /// <summary>A bottom: the whole text, no call.</summary>
    public static Frame Bottom() => new(-1, null, 0, isOpen: false);

    /// <summary>A frame of which only its depth is known.</summary>
    public static Frame Open(int depth) => new(-1, null, depth, isOpen: true);

    /// <summary>The frame of a call within this one.</summary>
    public Frame Call(int @return)
    {
        _inner ??= [];
        if (!_inner.TryGetValue(@return, out Frame? frame))
        {
            frame = new Frame(@return, this, Depth + 1, isOpen: false);
            _inner.Add(@return, frame);
        }

        return frame;
    }
}
