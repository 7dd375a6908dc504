using Panorama.Tokenization.ChatTemplates.Jinja;

namespace Panorama.Tokenization.ChatTemplates;

/// <summary>Finds the parts of a rendered chat that a model is to learn.</summary>
internal static class AnswerSpans
{
    /// <summary>
    /// What <c>generation</c> blocks mark, if the template has them; else for each assistant's message everything from its first
    /// character to its last.
    /// </summary>
    /// <param name="rendered">The chat.</param>
    /// <param name="messages">Its messages.</param>
    /// <returns>Places of the text, apart and in order.</returns>
    public static List<(int Start, int End)> Find(RenderedChat rendered, IReadOnlyList<ChatMessage> messages)
    {
        var spans = new SortedDictionary<int, (int Start, int End)>();
        if (rendered.Generations.Count > 0)
        {
            foreach ((int start, int end) in rendered.Generations) spans[start] = (start, end);
        }
        else
        {
            int at = 0;
            foreach (TextRun run in rendered.Runs)
            {
                int index = run.Origin - Origin.Message(0);
                if (index >= 0 && messages[index].Role == ChatMessage.Assistant)
                    spans[index] = (spans.TryGetValue(index, out (int Start, int End) known) ? known.Start : at, at + run.Length);
                at += run.Length;
            }
        }

        var apart = new List<(int Start, int End)>();
        foreach ((int start, int end) in spans.Values.OrderBy(static span => span.Start))
        {
            if (apart.Count > 0 && start < apart[^1].End) apart[^1] = (apart[^1].Start, Math.Max(apart[^1].End, end));
            else if (end > start) apart.Add((start, end));
        }

        return apart;
    }
}
