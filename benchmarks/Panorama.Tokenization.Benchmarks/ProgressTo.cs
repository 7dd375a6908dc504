using Panorama.Tokenization.Training;

namespace Panorama.Tokenization.Benchmarks;

/// <summary>Progress without a synchronization context in between.</summary>
internal sealed class ProgressTo(Action<BpeTrainingProgress> report) : IProgress<BpeTrainingProgress>
{
    public void Report(BpeTrainingProgress value) => report(value);
}
