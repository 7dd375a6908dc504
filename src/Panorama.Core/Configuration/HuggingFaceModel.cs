using Panorama.Core.Errors;

namespace Panorama.Core.Configuration;

/// <summary>What a Hugging Face <c>config.json</c> says: the model, its special tokens and how its weights are stored.</summary>
public sealed record HuggingFaceModel
{
    /// <summary>The shape of the model.</summary>
    public required ModelConfig Config { get; init; }

    /// <summary>The special tokens.</summary>
    public SpecialTokenIds SpecialTokens { get; init; } = new();

    /// <summary>Element type of the stored weights (<c>torch_dtype</c>); <see langword="null"/>: not said.</summary>
    public DType? StoredType { get; init; }
}

/// <summary>Ids of the special tokens of a model.</summary>
public sealed record SpecialTokenIds
{
    /// <summary>Begins a text; <see langword="null"/>: none.</summary>
    public int? Bos { get; init; }

    /// <summary>End a text, any of them; the first is the one written.</summary>
    public IReadOnlyList<int> Eos { get; init; } = [];

    /// <summary>Fills short sequences of a batch; <see langword="null"/>: none.</summary>
    public int? Pad { get; init; }

    /// <summary>Checks that every id is a token of the vocabulary.</summary>
    /// <param name="vocabularySize">Number of token ids.</param>
    /// <exception cref="InputException">One is outside; names it.</exception>
    public void RequireWithin(int vocabularySize)
    {
        RequireWithin(Bos, "bos_token_id", vocabularySize);
        RequireWithin(Pad, "pad_token_id", vocabularySize);
        foreach (int id in Eos)
        {
            RequireWithin(id, "eos_token_id", vocabularySize);
        }
    }

    private static void RequireWithin(int? id, string name, int vocabularySize)
    {
        if (id is { } value)
        {
            Require.That(value >= 0 && value < vocabularySize, value, name, $"0 to {vocabularySize - 1}, the ids of the vocabulary");
        }
    }

    /// <inheritdoc/>
    public bool Equals(SpecialTokenIds? other) => other is not null && Bos == other.Bos && Pad == other.Pad && Eos.SequenceEqual(other.Eos);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Bos, Pad, Eos.Count);
}
