using Panorama.Training.Batches;

namespace Panorama.Training.Benchmarks;

/// <summary>Batches without meaning, for measurements of speed.</summary>
internal static class RandomTokens
{
    /// <summary>A batch of uniformly random tokens, the same on every call.</summary>
    /// <param name="vocabularySize">Ids are below it.</param>
    /// <param name="rows">Sequences.</param>
    /// <param name="length">Tokens of each.</param>
    public static MicroBatch Batch(int vocabularySize, int rows, int length)
    {
        var random = new Random(1);
        long[] tokens = [.. Enumerable.Range(0, (rows * length) + 1).Select(_ => (long)random.Next(vocabularySize))];
        return new MicroBatch(tokens[..^1], tokens[1..], rows, length);
    }
}
