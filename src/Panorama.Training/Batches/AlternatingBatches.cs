namespace Panorama.Training.Batches;

/// <summary>Takes steps from two sources in turn: new data, and replay of old data so that it is not forgotten.</summary>
/// <param name="first">Gives the odd steps.</param>
/// <param name="second">Gives the even steps.</param>
/// <param name="secondOffset">Steps of the second source that were used before.</param>
public sealed class AlternatingBatches(IBatchSource first, IBatchSource second, long secondOffset) : IBatchSource
{
    /// <inheritdoc/>
    public IReadOnlyList<MicroBatch> Get(long step) =>
        step % 2 == 1 ? first.Get((step + 1) / 2) : second.Get(secondOffset + (step / 2));
}
