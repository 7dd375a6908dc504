using Panorama.Modeling.Families;
using Panorama.Tokenization.ChatTemplates;
using Panorama.Training.Batches;
using static TorchSharp.torch;

namespace Panorama.Training;

/// <summary>Held-out chats that a fine-tuning measures its model on: each once, chats of similar length together.</summary>
public sealed class HeldOutChats
{
    private const int Most = 256, Rows = 16;
    private readonly MicroBatch[] _batches;

    /// <summary>Chooses the chats: all, or 256 spread evenly over them.</summary>
    /// <param name="chats">Encoded chats with an answer, each of at least 2 tokens.</param>
    /// <param name="padId">Token that fills rows up.</param>
    public HeldOutChats(IReadOnlyList<ChatTokens> chats, int padId)
    {
        int count = Math.Min(chats.Count, Most);
        _batches =
        [
            .. Enumerable.Range(0, count)
                .Select(i => chats[(int)((long)i * chats.Count / count)])
                .OrderBy(c => c.Ids.Length)
                .Chunk(Rows)
                .Select(chosen => ChatBatches.Padded(chosen, padId)),
        ];
    }

    /// <summary>The loss on the answers, nats per token, as <see cref="EarlyStopping.Figure"/>.</summary>
    /// <param name="model">The model.</param>
    /// <param name="cancellation">Stops between two batches.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public IReadOnlyDictionary<string, double> Measure(DecoderModel model, CancellationToken cancellation)
    {
        double loss = 0;
        long targets = 0;
        using IDisposable quiet = no_grad();
        foreach (MicroBatch batch in _batches)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            loss += TrainStep.Loss(model, batch).item<float>();
            targets += batch.TargetCount;
        }

        return new Dictionary<string, double>(StringComparer.Ordinal) { [EarlyStopping.Figure] = loss / targets };
    }
}
