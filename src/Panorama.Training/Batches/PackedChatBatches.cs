using Panorama.Core.Errors;
using Panorama.Core.Numerics;
using Panorama.Tokenization.ChatTemplates;
using Panorama.Training.Settings;

namespace Panorama.Training.Batches;

/// <summary>
/// Chats for fine-tuning, several a row, as many as fit into the context; none sees another, and only answers have a loss.
/// The chats of a row stay together; the order of the rows differs in each epoch and is a function of seed and step.
/// </summary>
public sealed class PackedChatBatches : IBatchSource
{
    private readonly IReadOnlyList<ChatTokens> _chats;
    private readonly TrainSettings _settings;
    private readonly int _padId;
    private readonly int[][] _rows;

    /// <summary>Packs the chats.</summary>
    /// <param name="chats">Encoded chats, each of 2 to <paramref name="contextLength"/> + 1 tokens and with an answer.</param>
    /// <param name="contextLength">Longest row.</param>
    /// <param name="padId">Token that fills rows up; it has no loss and no chat sees it.</param>
    /// <param name="settings">Rows per pass, passes per step, seed.</param>
    /// <exception cref="InputException">There is no chat, or a pass has too many tokens.</exception>
    public PackedChatBatches(IReadOnlyList<ChatTokens> chats, int contextLength, int padId, TrainSettings settings)
    {
        if (chats.Count == 0)
        {
            throw new InputException($"No chat is left to train on: each needs an assistant's answer and at most {contextLength + 1} tokens.");
        }

        settings.RequirePassOf(contextLength);
        (_chats, _padId, _settings) = (chats, padId, settings);
        _rows = RowPacker.Pack([.. chats.Select(c => c.Ids.Length - 1)], contextLength);
        Fill = (double)chats.Sum(c => c.Ids.Length - 1L) / ((long)_rows.Length * contextLength);
    }

    /// <summary>Rows that hold all chats once.</summary>
    public int Rows => _rows.Length;

    /// <summary>Share of the rows' positions that chats take, 0 to 1.</summary>
    public double Fill { get; }

    /// <summary>Steps that see every chat once.</summary>
    public long StepsPerEpoch => Math.Max(1, _rows.Length / ((long)_settings.BatchSize * _settings.AccumulationSteps));

    /// <inheritdoc/>
    public IReadOnlyList<MicroBatch> Get(long step)
    {
        long pass = (step - 1) * _settings.AccumulationSteps;
        return [.. Enumerable.Range(0, _settings.AccumulationSteps).Select(i => Make(pass + i))];
    }

    private MicroBatch Make(long pass)
    {
        int[][] chosen = [.. Enumerable.Range(0, _settings.BatchSize).Select(i => Row((pass * _settings.BatchSize) + i))];
        int length = chosen.Max(row => row.Sum(chat => _chats[chat].Ids.Length - 1));
        long[] tokens = new long[chosen.Length * length], targets = new long[tokens.Length], segments = new long[tokens.Length];
        Array.Fill(tokens, _padId);
        Array.Fill(targets, MicroBatch.Ignore);
        Array.Fill(segments, -1);
        for (int row = 0; row < chosen.Length; row++)
        {
            int at = row * length;
            for (int segment = 0; segment < chosen[row].Length; segment++)
            {
                ChatTokens chat = _chats[chosen[row][segment]];
                for (int i = 0; i + 1 < chat.Ids.Length; i++, at++)
                {
                    tokens[at] = chat.Ids[i];
                    targets[at] = chat.IsAnswer[i + 1] ? chat.Ids[i + 1] : MicroBatch.Ignore;
                    segments[at] = segment;
                }
            }
        }

        return new MicroBatch(tokens, targets, chosen.Length, length) { Segments = segments };
    }

    private int[] Row(long index)
    {
        (long epoch, long place) = Math.DivRem(index, _rows.Length);
        return _rows[new IndexPermutation(_rows.Length, _settings.Seed, (ulong)epoch)[place]];
    }
}
