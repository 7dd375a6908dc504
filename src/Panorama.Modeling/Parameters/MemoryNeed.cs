using System.Globalization;
using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Core.Runs;
using Panorama.Modeling.Functions;

namespace Panorama.Modeling.Parameters;

/// <summary>
/// The memory that a decoder takes, estimated before any of it is: a model that cannot fit is refused in a sentence instead of
/// by the system's killer of processes. Single precision; what libtorch and .NET take themselves is small beside it.
/// </summary>
/// <param name="config">The model.</param>
/// <param name="parameters">Its number of parameters.</param>
public sealed class MemoryNeed(ModelConfig config, long parameters)
{
    // A step holds the scores of a batch and their gradient.
    private const int LogitCopies = 2;

    // Input, normalized inputs and outputs of both sublayers; queries, keys and values before and after rotation; gate, up, product.
    private const int WidthCopies = 6, HeadCopies = 2, FeedForwardCopies = 3;

    // While the table of positions is made, its angles, their sines and cosines in double precision and copies of them stand beside it.
    private const double TableBytes = 48;

    /// <summary>The weights.</summary>
    public double WeightBytes => (double)parameters * sizeof(float);

    /// <summary>Sines and cosines of all positions.</summary>
    public double PositionBytes => 2.0 * config.ContextLength * config.Attention.HeadSize * sizeof(float);

    /// <summary>A model that only runs forward, the making of it included; what it keeps of a sequence comes on top.</summary>
    public double LoadingBytes => Math.Max(WeightBytes + PositionBytes, MakingPositionsBytes);

    /// <summary>Weights, gradients and both moments, the making of them included.</summary>
    public double TrainingBytes => Math.Max((4 * WeightBytes) + PositionBytes, MakingPositionsBytes);

    private double MakingPositionsBytes => TableBytes * config.ContextLength * config.Attention.HeadSize;

    /// <summary>What a forward pass keeps for the backward pass, and the scores of the vocabulary.</summary>
    /// <param name="rows">Sequences.</param>
    /// <param name="length">Tokens of each.</param>
    /// <param name="fused">Whether the fused kernels run, which hold the scores of a few hundred rows at a time.</param>
    /// <param name="recompute">Whether a block's activations are computed anew in the backward pass, so that one block's exist at a time.</param>
    public double ActivationBytes(long rows, long length, bool fused = false, bool recompute = false)
    {
        double tokens = rows * (double)length;
        double heads = (config.Attention.Heads + (2.0 * config.Attention.KeyValueHeads)) * config.Attention.HeadSize;
        double layer = (WidthCopies * (double)config.HiddenSize) + (HeadCopies * heads) + (FeedForwardCopies * (double)config.FeedForward.IntermediateSize);
        double layers = recompute ? layer + (config.Layers * 2.0 * config.HiddenSize) : config.Layers * layer;
        double logits = LogitCopies * (double)config.VocabularySize * tokens;
        return sizeof(float) * ((tokens * layers) + (fused ? Math.Min(logits, LogitCopies * (double)ProjectedCrossEntropyFunction.RowsInChunk(config.VocabularySize) * config.VocabularySize) : logits));
    }

    /// <summary>Refuses a model that does not fit into the machine's own memory when it is loaded.</summary>
    /// <param name="where">Its folder, for the message.</param>
    /// <param name="trainable">Whether gradients and moments are kept as well.</param>
    /// <exception cref="InputException">It does not fit.</exception>
    public void RequireToLoad(string where, bool trainable) => AvailableMemory.Require(
        string.Create(CultureInfo.InvariantCulture, $"The model in {where} ({parameters:N0} parameters, {config.ContextLength:N0} tokens of context{(trainable ? ", to be trained" : "")})"),
        Bounded(trainable ? TrainingBytes : LoadingBytes),
        "Use a smaller model, or a machine with more memory.");

    /// <summary>Refuses a training that does not fit into the machine's own memory.</summary>
    /// <param name="rows">Sequences of a pass.</param>
    /// <param name="passes">Passes of a step, whose tokens are all at hand.</param>
    /// <param name="fused">Whether the fused kernels run.</param>
    /// <param name="recompute">Whether activations are computed anew.</param>
    /// <param name="length">Tokens of a sequence; <see langword="null"/>: the model's context.</param>
    /// <param name="trained">Parameters that have a gradient and moments; <see langword="null"/>: all. Fewer are an adapter's, beside the frozen weights.</param>
    /// <param name="bits">Bits in which frozen weights are held.</param>
    /// <param name="taken">Bytes of it that are taken already, by a model that is loaded.</param>
    /// <exception cref="InputException">It does not fit.</exception>
    public void RequireToTrain(int rows, int passes, bool fused = false, bool recompute = false, long? length = null, long? trained = null, int bits = 32, double taken = 0)
    {
        double weights = trained is { } few ? Math.Max((WeightBytes * bits / 32) + PositionBytes, MakingPositionsBytes) + (4.0 * sizeof(float) * few) : TrainingBytes;
        long time = length ?? config.ContextLength;
        double tokens = 2.0 * sizeof(long) * passes * rows * time;
        AvailableMemory.Require(
            string.Create(CultureInfo.InvariantCulture, $"Training {(trained is null ? "" : $"{trained:N0} beside ")}{parameters:N0} parameters on {rows:N0} × {time:N0} tokens a pass"),
            Bounded(weights + ActivationBytes(rows, time, fused, recompute) + tokens - taken),
            $"Lower {(length is null ? "model.hidden_size, model.layers or data.vocabulary_size, or train.batch_size and model.context_length" : "train.batch_size")} (train.accumulation_steps makes up for a smaller batch), or set train.recompute_activations true.");
    }

    private static long Bounded(double bytes) => bytes < long.MaxValue ? (long)bytes : long.MaxValue;
}
