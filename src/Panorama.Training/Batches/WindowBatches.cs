using Panorama.Data.Sampling;
using Panorama.Training.Settings;

namespace Panorama.Training.Batches;

/// <summary>Windows of the token stream for pre-training: every position predicts the next token.</summary>
/// <param name="sampler">Gives a window by global sample index.</param>
/// <param name="settings">Sequences per pass and passes per step.</param>
public sealed class WindowBatches(WindowSampler sampler, TrainSettings settings) : IBatchSource
{
    /// <inheritdoc/>
    public IReadOnlyList<MicroBatch> Get(long step)
    {
        long first = (step - 1) * settings.BatchSize * settings.AccumulationSteps;
        var batches = new MicroBatch[settings.AccumulationSteps];
        for (int i = 0; i < batches.Length; i++)
        {
            batches[i] = Make(first + ((long)i * settings.BatchSize));
        }

        return batches;
    }

    private MicroBatch Make(long firstSample)
    {
        int length = sampler.WindowLength - 1;
        int[] window = new int[sampler.WindowLength];
        long[] tokens = new long[settings.BatchSize * length], targets = new long[tokens.Length];
        for (int row = 0; row < settings.BatchSize; row++)
        {
            sampler.GetSample(firstSample + row, window);
            for (int i = 0; i < length; i++)
            {
                tokens[(row * length) + i] = window[i];
                targets[(row * length) + i] = window[i + 1];
            }
        }

        return new MicroBatch(tokens, targets, settings.BatchSize, length);
    }
}
