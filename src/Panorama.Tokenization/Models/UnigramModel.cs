using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace Panorama.Tokenization.Models;

/// <summary>
/// Unigram language model (Kudo 2018, arXiv:1804.10959): the tokens of the highest total log probability, by dynamic programming over
/// the places of the word (Viterbi). Of equally probable ones the path found first counts.
/// </summary>
internal sealed class UnigramModel : WordModel
{
    private const double UnknownPenalty = 10; // below the rarest token, as in SentencePiece
    private readonly ByteTrie _trie = new();
    private readonly double[] _scores;
    private readonly int[]? _byteTokens;
    private readonly int _unknown;
    private readonly double _unknownScore;
    private readonly bool _cutsAtMarks;

    /// <summary>Makes the model.</summary>
    public UnigramModel(UnigramDefinition definition, Vocabulary vocabulary, IReadOnlyList<int> ids)
    {
        _scores = definition.Scores;
        _unknown = definition.UnknownId ?? -1;
        _unknownScore = (_scores.Length > 0 ? _scores.Min() : 0) - UnknownPenalty;
        if (definition.ByteFallback) _byteTokens = ByteTokens.Find(vocabulary);
        bool crosses = false;
        foreach (int id in ids)
        {
            if (vocabulary.Bytes(id).IsEmpty || (definition.HidesBytes && ByteTokens.Value(vocabulary.Text(id)) >= 0)) continue;
            _trie.Add(vocabulary.Bytes(id), id);
            crosses |= Crosses(vocabulary.Text(id));
        }

        _cutsAtMarks = !crosses && _trie.Longest("\u2581"u8, out _) >= 0;
    }

    /// <inheritdoc/>
    protected override void EncodeLong(ReadOnlySpan<byte> word, WordCache cache, ref TokenSink output)
    {
        if (_cutsAtMarks) MarkedWords.Encode(this, word, cache, ref output);
        else EncodeUncut(word, ref output);
    }

    /// <inheritdoc/>
    protected override int Tokens(ReadOnlySpan<byte> word, Span<int> tokens)
    {
        const int OnStack = 128;
        if (word.Length < OnStack) return Tokens(word, tokens, stackalloc Step[OnStack]);
        Step[] rented = ArrayPool<Step>.Shared.Rent(word.Length + 1);
        int count = Tokens(word, tokens, rented);
        ArrayPool<Step>.Shared.Return(rented);
        return count;
    }

    private int Tokens(ReadOnlySpan<byte> word, Span<int> tokens, Span<Step> best)
    {
        best = best[..(word.Length + 1)];
        best.Fill(new Step(0, -1, 0));
        for (int start = 0, length; start < word.Length; start += length)
        {
            Rune.DecodeFromUtf8(word[start..], out _, out length);
            double before = best[start].Score;
            bool single = false;
            int node = ByteTrie.Root;
            for (int end = start; end < word.Length && _trie.TryStep(ref node, word[end], out int id);)
            {
                end++;
                if (id == ByteTrie.None) continue;
                single |= end - start == length;
                if (best[end].Start < 0 || before + _scores[id] > best[end].Score) best[end] = new Step(before + _scores[id], start, id);
            }

            if (single) continue;
            ref Step unknown = ref best[start + length];
            if (unknown.Start < 0 || before + _unknownScore > unknown.Score) unknown = new Step(before + _unknownScore, start, _unknown);
        }

        return Collect(word, tokens, best);
    }

    // From the end to the start, neighbouring unknown characters as one; then the other way round.
    private int Collect(ReadOnlySpan<byte> word, Span<int> tokens, ReadOnlySpan<Step> best)
    {
        int count = 0;
        for (int end = word.Length; end > 0;)
        {
            Step step = best[end];
            int start = step.Start;
            if (step.Id == _unknown)
            {
                while (start > 0 && best[start].Id == _unknown) start = best[start].Start;
                Unknown(word[start..end], tokens, ref count);
            }
            else
            {
                tokens[count++] = step.Id;
            }

            end = start;
        }

        tokens[..count].Reverse();
        return count;
    }

    private void Unknown(ReadOnlySpan<byte> part, Span<int> tokens, ref int count)
    {
        if (_byteTokens is not null)
        {
            for (int i = part.Length - 1; i >= 0; i--) tokens[count++] = _byteTokens[part[i]];
            return;
        }

        tokens[count++] = _unknown >= 0 ? _unknown : throw UnknownWord.In(part, "unk_id");
    }

    private static bool Crosses(string token)
    {
        const char Mark = '\u2581';
        for (int i = 1; i < token.Length; i++)
            if (token[i] == Mark && token[i - 1] != Mark) return true;
        return false;
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Step(double Score, int Start, int Id);
}
