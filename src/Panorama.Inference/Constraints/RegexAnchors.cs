namespace Panorama.Inference.Constraints;

/// <summary>Takes the anchors off an expression: an automaton matches whole texts.</summary>
internal static class RegexAnchors
{
    private static readonly RegexNode Anything = new RegexNode.Repeat(new RegexNode.Character(CodePoints.All), 0, null);

    /// <summary>The expression that whole texts match.</summary>
    /// <param name="node">An expression with anchors.</param>
    /// <param name="searches">Whether it may match anywhere in a text where no anchor holds it, as <c>pattern</c> in JSON Schema; else it matches all of it anyway.</param>
    /// <exception cref="ConstraintException">An anchor stands within the expression.</exception>
    public static RegexNode Whole(RegexNode node, bool searches)
    {
        node = Unwrapped(node);
        if (node is RegexNode.Choice choice)
        {
            return new RegexNode.Choice([.. choice.Parts.Select(part => Whole(part, searches))]);
        }

        List<RegexNode> parts = node is RegexNode.Sequence sequence ? [.. sequence.Parts] : [node];
        bool isStart = Take(parts, first: true), isEnd = Take(parts, first: false);
        foreach (RegexNode part in parts)
        {
            Refuse(part);
        }

        if (searches && !isStart)
        {
            parts.Insert(0, Anything);
        }

        if (searches && !isEnd)
        {
            parts.Add(Anything);
        }

        return new RegexNode.Sequence(parts);
    }

    private static RegexNode Unwrapped(RegexNode node)
    {
        while (node is RegexNode.Sequence { Parts: [var only] } && only is RegexNode.Sequence or RegexNode.Choice)
        {
            node = only;
        }

        return node;
    }

    private static bool Take(List<RegexNode> parts, bool first)
    {
        bool taken = false;
        while (parts.Count > 0 && parts[first ? 0 : ^1] is RegexNode.Anchor anchor && anchor.IsStart == first)
        {
            parts.RemoveAt(first ? 0 : parts.Count - 1);
            taken = true;
        }

        return taken;
    }

    private static void Refuse(RegexNode node)
    {
        switch (node)
        {
            case RegexNode.Anchor anchor: throw new ConstraintException($"The anchor {(anchor.IsStart ? '^' : '$')} within a regular expression is not supported; anchors may stand at the ends of it or of its alternatives.");
            case RegexNode.Repeat repeat: Refuse(repeat.Part); break;
            case RegexNode.Sequence sequence:
                foreach (RegexNode part in sequence.Parts)
                {
                    Refuse(part);
                }

                break;
            case RegexNode.Choice choice:
                foreach (RegexNode part in choice.Parts)
                {
                    Refuse(part);
                }

                break;
        }
    }
}
