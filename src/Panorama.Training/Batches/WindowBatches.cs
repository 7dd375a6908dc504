using Panorama.Core.Errors;
using Panorama.Data.Sampling;
using Panorama.Training.Settings;

namespace Panorama.Training.Batches;

/// <summary>Windows of the token stream for pre-training: every position predicts the next token.</summary>
public sealed class WindowBatches : IBatchSource
{
    private readonly WindowSampler _sampler;
    private readonly TrainSettings _settings;

    /// <summary>Checks the sizes.</summary>
    /// <param name="sampler">Gives a window by global sample index.</param>
    /// <param name="settings">Sequences per pass and passes per step.</param>
    /// <exception cref="InputException">A pass has too many tokens.</exception>
    public WindowBatches(WindowSampler sampler, TrainSettings settings)
    {
        settings.RequirePassOf(sampler.WindowLength);
        (_sampler, _settings) = (sampler, settings);
    }

    /// <inheritdoc/>
    public IReadOnlyList<MicroBatch> Get(long step)
    {
        long first = (step - 1) * _settings.BatchSize * _settings.AccumulationSteps;
        var batches = new MicroBatch[_settings.AccumulationSteps];
        for (int i = 0; i < batches.Length; i++)
        {
            batches[i] = Make(first + ((long)i * _settings.BatchSize));
        }

        return batches;
    }

    private MicroBatch Make(long firstSample)
    {
        int length = _sampler.WindowLength - 1;
        int[] window = new int[_sampler.WindowLength];
        long[] tokens = new long[_settings.BatchSize * length], targets = new long[tokens.Length];
        for (int row = 0; row < _settings.BatchSize; row++)
        {
            _sampler.GetSample(firstSample + row, window);
            for (int i = 0; i < length; i++)
            {
                tokens[(row * length) + i] = window[i];
                targets[(row * length) + i] = window[i + 1];
            }
        }

        return new MicroBatch(tokens, targets, _settings.BatchSize, length);
    }
}
