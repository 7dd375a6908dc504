using Panorama.Core.Errors;

namespace Panorama.Core.Configuration;

/// <summary>Attention heads and pattern of a block.</summary>
public sealed record AttentionConfig
{
    /// <summary>Validates and makes the configuration.</summary>
    /// <param name="heads">Query heads.</param>
    /// <param name="keyValueHeads">Key and value heads; divides <paramref name="heads"/>. Equal: multi-head; 1: multi-query; between: grouped-query (Ainslie et al. 2023, arXiv:2305.13245).</param>
    /// <param name="headSize">Width of one head.</param>
    /// <param name="pattern">Which keys a query sees; <see langword="null"/>: all.</param>
    /// <param name="inputBias">Whether the query, key and value projections have biases (Qwen2, GPT-2).</param>
    /// <param name="outputBias">Whether the output projection has a bias (GPT-2).</param>
    /// <param name="normalizeQueryKey">Whether queries and keys are normalized per head (Qwen3).</param>
    /// <exception cref="InputException">A value is out of range or the heads do not divide.</exception>
    public AttentionConfig(int heads, int keyValueHeads, int headSize, AttentionPattern? pattern = null, bool inputBias = false, bool outputBias = false, bool normalizeQueryKey = false)
    {
        Heads = Require.That(heads is >= 1 and <= 65_536, heads, "num_attention_heads", "1 to 65,536");
        KeyValueHeads = Require.That(keyValueHeads >= 1 && heads % keyValueHeads == 0, keyValueHeads, "num_key_value_heads", $"a divisor of num_attention_heads ({heads})");
        HeadSize = Require.That(headSize is >= 1 and <= 65_536, headSize, "head_dim", "1 to 65,536");
        Require.That((long)heads * headSize <= 1 << 24, (long)heads * headSize, "num_attention_heads × head_dim", "at most 16,777,216");
        Pattern = pattern ?? new FullAttention();
        InputBias = inputBias;
        OutputBias = outputBias;
        NormalizeQueryKey = normalizeQueryKey;
    }

    /// <summary>Query heads.</summary>
    public int Heads { get; }

    /// <summary>Key and value heads.</summary>
    public int KeyValueHeads { get; }

    /// <summary>Width of one head.</summary>
    public int HeadSize { get; }

    /// <summary>Which keys a query sees.</summary>
    public AttentionPattern Pattern { get; }

    /// <summary>Whether the query, key and value projections have biases.</summary>
    public bool InputBias { get; }

    /// <summary>Whether the output projection has a bias.</summary>
    public bool OutputBias { get; }

    /// <summary>Whether queries and keys are normalized per head.</summary>
    public bool NormalizeQueryKey { get; }
}
