using Panorama.Core;
using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Inference.Families.Gguf;
using Panorama.Tokenization;

namespace Panorama.Inference.Families;

/// <summary>
/// A model as it lies on disk, a folder in the Hugging Face layout or a GGUF file, given part by part. Each part is read when
/// it is first asked for; weights are mapped, not read. Not safe for several threads while parts are being read.
/// </summary>
public abstract class ModelFiles : IDisposable
{
    private Tokenizer? _tokenizer;
    private SpecialTokenIds? _specialTokens;
    private GenerationConfig? _generation;

    private protected ModelFiles(string path) => Path = path;

    /// <summary>The folder or file.</summary>
    public string Path { get; }

    /// <summary>The shape of the model.</summary>
    public abstract ModelConfig Config { get; }

    /// <summary>Element type of most weights, where the files say it.</summary>
    public abstract DType? StoredType { get; }

    /// <summary>The special tokens; every way in which the files let a text or a turn end is among the ends.</summary>
    /// <exception cref="InputException">A file is malformed, or an id is outside the vocabulary.</exception>
    public SpecialTokenIds SpecialTokens
    {
        get
        {
            if (_specialTokens is null)
            {
                SpecialTokenIds tokens = ReadSpecialTokens();
                RequireWithin(tokens);
                _specialTokens = tokens;
            }

            return _specialTokens;
        }
    }

    /// <summary>What the maker suggests for generation; nothing where the files suggest nothing.</summary>
    /// <exception cref="InputException">A file is malformed.</exception>
    public GenerationConfig Generation => _generation ??= ReadGeneration();

    /// <summary>The tokenizer.</summary>
    /// <exception cref="InputException">There is none, it is malformed, or it has more ids than the model.</exception>
    public Tokenizer Tokenizer
    {
        get
        {
            if (_tokenizer is null)
            {
                Tokenizer tokenizer = ReadTokenizer();
                if (tokenizer.VocabularySize > Config.VocabularySize)
                {
                    throw new InputException($"{Path}: the tokenizer has {tokenizer.VocabularySize} ids, the model only {Config.VocabularySize}. They do not belong together.");
                }

                _tokenizer = tokenizer;
            }

            return _tokenizer;
        }
    }

    /// <summary>Whether a text is to begin with <see cref="SpecialTokenIds.Bos"/>.</summary>
    /// <exception cref="InputException">A file is malformed.</exception>
    public abstract bool AddsBos { get; }

    /// <summary>The Jinja text of the chat template; <see langword="null"/>: there is none.</summary>
    /// <exception cref="InputException">A file is malformed.</exception>
    public abstract string? ChatTemplate { get; }

    /// <summary>How the vectors of an encoder become one; <see langword="null"/>: not said.</summary>
    /// <exception cref="InputException">A file is malformed, or asks for a kind that is not computed.</exception>
    public abstract PoolingKind? Pooling { get; }

    /// <summary>Opens a model.</summary>
    /// <param name="path">A folder in the Hugging Face layout, or a GGUF file.</param>
    /// <exception cref="InputException">There is no such model, or a file cannot be read.</exception>
    /// <exception cref="InvalidFileException">The configuration breaks a rule, or has a part that is not supported; names it.</exception>
    /// <remarks>A file is taken for GGUF, whatever its name.</remarks>
    public static ModelFiles Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return File.Exists(path) ? new GgufFiles(path) : new FolderFiles(path);
    }

    /// <summary>Maps the weights and checks them against the configuration.</summary>
    /// <returns>The weights, to be disposed by the caller before this.</returns>
    /// <exception cref="InputException">There are no weights, or a file cannot be read.</exception>
    /// <exception cref="InvalidFileException">A tensor is missing, wrong, or does not belong to the model; it is named.</exception>
    public abstract IModelWeights OpenWeights();

    /// <summary>Closes the files: weights must not be used any more.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the files.</summary>
    /// <param name="disposing">Whether <see cref="Dispose()"/> was called.</param>
    protected virtual void Dispose(bool disposing)
    {
    }

    private void RequireWithin(SpecialTokenIds tokens)
    {
        try
        {
            tokens.RequireWithin(Config.VocabularySize);
        }
        catch (InputException e)
        {
            throw new InvalidFileException(Path, e.Message, e);
        }
    }

    private protected abstract SpecialTokenIds ReadSpecialTokens();

    private protected abstract GenerationConfig ReadGeneration();

    private protected abstract Tokenizer ReadTokenizer();
}
