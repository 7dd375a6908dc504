namespace Panorama.Tokenization.Tests.Training;

/// <summary>The training as it is defined, recounting everything after every merge: the twin of the fast one.</summary>
internal static class Definition
{
    /// <summary>The tokens learned from words of ASCII letters, in order.</summary>
    public static List<string> Learn(string[] words, int merges, long minFrequency)
    {
        var split = words.Select(static w => w.Select(static c => c.ToString()).ToList()).ToList();
        var ids = Enumerable.Range('!', '~' - '!' + 1).ToDictionary(static c => ((char)c).ToString(), static c => c - '!', StringComparer.Ordinal);
        var learned = new List<string>();
        var dead = new HashSet<(string, string)>();
        while (learned.Count < merges)
        {
            var counts = new Dictionary<(string Left, string Right), long>();
            foreach (List<string> word in split)
                for (int i = 0; i + 1 < word.Count; i++)
                    counts[(word[i], word[i + 1])] = counts.GetValueOrDefault((word[i], word[i + 1])) + 1;
            var best = counts.Where(p => p.Value >= minFrequency && !dead.Contains(p.Key))
                .OrderByDescending(static p => p.Value).ThenBy(p => ids[p.Key.Left]).ThenBy(p => ids[p.Key.Right]).Take(1).ToList();
            if (best.Count == 0) break;
            (string left, string right) = best[0].Key;
            dead.Add((left, right));
            if (!ids.TryAdd(left + right, 256 + learned.Count)) continue; // the text already is a token
            learned.Add(left + right);
            foreach (List<string> word in split)
            {
                for (int i = 0; i + 1 < word.Count; i++)
                {
                    if (word[i] != left || word[i + 1] != right) continue;
                    word[i] = left + right;
                    word.RemoveAt(i + 1);
                }
            }
        }

        return learned;
    }
}
