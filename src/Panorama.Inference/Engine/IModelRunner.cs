namespace Panorama.Inference.Engine;

/// <summary>
/// Runs one step of a model over the tokens of several sequences at once: what the scheduler drives.
/// Used by one thread at a time.
/// </summary>
public interface IModelRunner : IDisposable
{
    /// <summary>Number of token ids.</summary>
    int VocabularySize { get; }

    /// <summary>The longest sequence in tokens.</summary>
    int ContextLength { get; }

    /// <summary>Blocks of the key/value cache; a block holds <see cref="CacheBlock.Tokens"/> tokens.</summary>
    int BlockCount { get; }

    /// <summary>Most rows (tokens of all sequences together) of a step.</summary>
    int MaxRows { get; }

    /// <summary>Adapters that steps can name, 0 to this − 1. A runner that does not tell has its requests trusted.</summary>
    int AdapterCount => int.MaxValue;

    /// <summary>
    /// Appends the tokens of every sequence to the cache and computes the logits asked for. A sequence appears once.
    /// A token's result depends on its sequence alone, bit for bit: not on the batch, the chunking or the blocks chosen.
    /// </summary>
    /// <param name="steps">The sequences' parts; together at most <see cref="MaxRows"/> tokens.</param>
    void Run(ReadOnlySpan<SequenceStep> steps);

    /// <summary>Logits of the last step: [VocabularySize], valid until the next <see cref="Run"/>.</summary>
    /// <param name="row">Counts the rows whose logits were asked for, over all sequences in their order.</param>
    Span<float> Logits(int row);

    /// <summary>Copies a block of keys and values, in all layers: copy on write.</summary>
    /// <param name="from">The block copied.</param>
    /// <param name="to">The block overwritten.</param>
    void CopyBlock(int from, int to);
}

/// <summary>The unit of the key/value cache.</summary>
public static class CacheBlock
{
    /// <summary>Tokens of a block (as vLLM's default; Kwon et al. 2023, arXiv:2309.06180).</summary>
    public const int Tokens = 16;
}
