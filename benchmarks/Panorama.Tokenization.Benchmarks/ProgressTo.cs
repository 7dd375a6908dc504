using Panorama.Tokenization.Training;

namespace Panorama.Tokenization.Benchmarks;

/// <summary>Progress without a synchronization context in between.</summary>
internal sealed class ProgressTo(Action<TokenizerTrainingProgress> report) : IProgress<TokenizerTrainingProgress>
{
    public void Report(TokenizerTrainingProgress value) => report(value);
}
