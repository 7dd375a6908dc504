using Panorama.Core.Errors;

namespace Panorama.Tokenization.Serialization;

/// <summary>The kind of a tokenizer in a GGUF file: <c>tokenizer.ggml.model</c>.</summary>
public enum GgufTokenizerKind
{
    /// <summary><c>gpt2</c>: byte-level BPE.</summary>
    ByteLevel,

    /// <summary><c>llama</c>: BPE of SentencePiece, merged by scores, with bytes for unknown characters.</summary>
    SentencePiece,

    /// <summary><c>bert</c>: WordPiece.</summary>
    WordPiece,
}

/// <summary>
/// A tokenizer as the metadata of a GGUF file describe it, the keys of <c>tokenizer.ggml</c>
/// (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, "Tokenizer"). Turns into a <see cref="Tokenizer"/> and back.
/// </summary>
public sealed record GgufTokenizer
{
    /// <summary>The kind.</summary>
    public required GgufTokenizerKind Kind { get; init; }

    /// <summary><c>pre</c>: the name of the pattern that cuts text into words; <see langword="null"/>: not said. Only byte-level tokenizers have one.</summary>
    public string? PreTokenizer { get; init; }

    /// <summary>The tokens by id.</summary>
    public required IReadOnlyList<string> Tokens { get; init; }

    /// <summary>What each token is: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte; <see langword="null"/>: all normal.</summary>
    public IReadOnlyList<int>? Types { get; init; }

    /// <summary>The score of each token; only SentencePiece has them.</summary>
    public IReadOnlyList<float>? Scores { get; init; }

    /// <summary>The merge rules, <c>a b</c>, by rank; only byte-level tokenizers have them.</summary>
    public IReadOnlyList<string>? Merges { get; init; }

    /// <summary>Begins a text, or null.</summary>
    public int? Bos { get; init; }

    /// <summary>Ends a text, or null.</summary>
    public int? Eos { get; init; }

    /// <summary>Stands for what is not in the vocabulary, or null.</summary>
    public int? Unknown { get; init; }

    /// <summary>Ends each sequence of BERT, or null.</summary>
    public int? Separator { get; init; }

    /// <summary>Fills batches, or null.</summary>
    public int? Padding { get; init; }

    /// <summary>Hides a word of BERT, or null.</summary>
    public int? Mask { get; init; }

    /// <summary>Whether a text begins with <see cref="Bos"/>; <see langword="null"/>: the default of kind and pattern.</summary>
    public bool? AddBos { get; init; }

    /// <summary>Whether a text ends with <see cref="Eos"/>; <see langword="null"/>: the default of the kind.</summary>
    public bool? AddEos { get; init; }

    /// <summary>Whether a space is put before a text; <see langword="null"/>: the default of the kind.</summary>
    public bool? AddSpacePrefix { get; init; }

    /// <summary>Whether BERT makes small letters; <see langword="null"/>: it does.</summary>
    public bool? Lowercase { get; init; }

    /// <summary>Whether BERT removes accents; <see langword="null"/>: as <see cref="Lowercase"/>.</summary>
    public bool? StripAccents { get; init; }

    /// <summary>
    /// The whole <c>tokenizer.json</c>, which is what counts when it is there (<c>tokenizer.huggingface.json</c>); <see langword="null"/>:
    /// the other fields say all.
    /// </summary>
    public string? HuggingFaceJson { get; init; }

    /// <summary>The metadata of a tokenizer.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="size">Ids of the model, at least those of the tokenizer; the rest becomes unused tokens.</param>
    /// <exception cref="InputException">The format has no kind for such a tokenizer; names the part.</exception>
    public static GgufTokenizer From(Tokenizer tokenizer, int size)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        Require.That(size >= tokenizer.VocabularySize, size, "the number of ids of the model", $"at least the {tokenizer.VocabularySize} of the tokenizer");
        return GgufTokenizerWriter.Write(tokenizer.Definition, size);
    }

    /// <summary>Makes the tokenizer.</summary>
    /// <param name="file">Where the metadata come from, for messages.</param>
    /// <exception cref="InvalidFileException">A part is missing, wrong, or not known; names it.</exception>
    public Tokenizer ToTokenizer(string file) => new(GgufTokenizerReader.Read(file, this));
}
