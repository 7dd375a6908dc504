using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Modeling.Parameters;
using Panorama.Training.Settings;

namespace Panorama.Training;

/// <summary>Refuses a training for which the machine's own memory does not suffice; other devices say so themselves.</summary>
internal static class TrainingMemory
{
    /// <summary>Checks.</summary>
    /// <param name="config">The model.</param>
    /// <param name="parameters">Its number of parameters.</param>
    /// <param name="train">Batch, precision, kernels.</param>
    /// <param name="length">Tokens of the longest sequence; <see langword="null"/>: the context.</param>
    /// <param name="trained">Parameters of the adapter that is trained instead; <see langword="null"/>: none.</param>
    /// <param name="bits">Bits of the frozen weights.</param>
    /// <param name="taken">Bytes of it that are taken already.</param>
    /// <exception cref="InputException">The message says the need, what there is, and the remedy.</exception>
    public static void Require(ModelConfig config, long parameters, TrainSettings train, long? length = null, long? trained = null, int bits = 32, double taken = 0)
    {
        if (train.Device == "cpu")
        {
            new MemoryNeed(config, parameters).RequireToTrain(train.BatchSize, train.AccumulationSteps, HasFusedLoss(train), train.RecomputeActivations, length, trained, bits, taken);
        }
    }

    /// <summary>Whether the scores of the vocabulary are held for a few hundred rows at a time: the kernel serves float32 alone.</summary>
    /// <param name="train">Precision and kernels.</param>
    internal static bool HasFusedLoss(TrainSettings train) => train is { FusedKernels: true, Precision: "float32" };
}
