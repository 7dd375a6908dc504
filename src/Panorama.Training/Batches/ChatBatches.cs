using Panorama.Core.Errors;
using Panorama.Core.Numerics;
using Panorama.Tokenization.ChatTemplates;
using Panorama.Training.Settings;

namespace Panorama.Training.Batches;

/// <summary>
/// Chats for fine-tuning, one a row, padded on the right; only the answers have a loss. Each epoch has its own order.
/// Chats of similar length share a batch: every run of <see cref="LargestBucket"/> batches, or of an epoch's where there are
/// fewer, is sorted by length first.
/// </summary>
public sealed class ChatBatches : IBatchSource
{
    private const int LargestBucket = 16;
    private readonly IReadOnlyList<ChatTokens> _chats;
    private readonly TrainSettings _settings;
    private readonly int _padId;
    private (long Number, long[] Order) _bucket = (-1, []);

    /// <summary>Checks the chats.</summary>
    /// <param name="chats">Encoded chats, each at most <paramref name="contextLength"/> + 1 tokens and with an answer.</param>
    /// <param name="contextLength">Longest row.</param>
    /// <param name="padId">Token that fills rows up; it has no loss and nothing sees it.</param>
    /// <param name="settings">Chats per pass, passes per step, seed.</param>
    /// <exception cref="InputException">There is no chat, or a pass has too many tokens.</exception>
    public ChatBatches(IReadOnlyList<ChatTokens> chats, int contextLength, int padId, TrainSettings settings)
    {
        if (chats.Count == 0)
        {
            throw new InputException($"No chat is left to train on: each needs an assistant's answer and at most {contextLength + 1} tokens.");
        }

        settings.RequirePassOf(contextLength);
        (_chats, _padId, _settings) = (chats, padId, settings);
    }

    /// <summary>Steps that see every chat once.</summary>
    public long StepsPerEpoch => Math.Max(1, _chats.Count / ChatsPerStep);

    // Not beyond an epoch: sorted together, the copies of a chat would meet in one batch.
    private int Bucket => Math.Clamp(_chats.Count / _settings.BatchSize, 1, LargestBucket);

    private int ChatsPerStep => _settings.BatchSize * _settings.AccumulationSteps;

    /// <summary>Chats one a row, as long as the longest, padded on the right.</summary>
    /// <param name="chats">Encoded chats of at least 2 tokens, at least one.</param>
    /// <param name="padId">Token that fills rows up.</param>
    public static MicroBatch Padded(IReadOnlyList<ChatTokens> chats, int padId)
    {
        int length = chats.Max(c => c.Ids.Length - 1);
        long[] tokens = new long[chats.Count * length], targets = new long[tokens.Length];
        Array.Fill(tokens, padId);
        Array.Fill(targets, MicroBatch.Ignore);
        for (int row = 0; row < chats.Count; row++)
        {
            ChatTokens chat = chats[row];
            for (int i = 0; i + 1 < chat.Ids.Length; i++)
            {
                tokens[(row * length) + i] = chat.Ids[i];
                targets[(row * length) + i] = chat.IsAnswer[i + 1] ? chat.Ids[i + 1] : MicroBatch.Ignore;
            }
        }

        return new MicroBatch(tokens, targets, chats.Count, length);
    }

    /// <inheritdoc/>
    public IReadOnlyList<MicroBatch> Get(long step)
    {
        long pass = (step - 1) * _settings.AccumulationSteps;
        var batches = new MicroBatch[_settings.AccumulationSteps];
        for (int i = 0; i < batches.Length; i++)
        {
            batches[i] = Make(pass + i);
        }

        return batches;
    }

    private MicroBatch Make(long pass)
    {
        long bucket = pass / Bucket;
        if (_bucket.Number != bucket)
        {
            _bucket = (bucket, Order(bucket));
        }

        // Within a bucket the batches come in random order, so that long and short ones alternate.
        long place = new IndexPermutation(Bucket, ~_settings.Seed, (ulong)bucket)[pass % Bucket];
        return Padded([.. _bucket.Order.AsSpan((int)place * _settings.BatchSize, _settings.BatchSize).ToArray().Select(index => _chats[(int)index])], _padId);
    }

    private long[] Order(long bucket)
    {
        long size = (long)Bucket * _settings.BatchSize;
        var order = new (long Epoch, long Chat)[size];
        for (int i = 0; i < size; i++)
        {
            (long epoch, long place) = Math.DivRem((bucket * size) + i, _chats.Count);
            order[i] = (epoch, new IndexPermutation(_chats.Count, _settings.Seed, (ulong)epoch)[place]);
        }

        return [.. order.OrderBy(o => o.Epoch).ThenBy(o => _chats[(int)o.Chat].Ids.Length).Select(o => o.Chat)];
    }
}
