using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Core.Models;
using Panorama.Core.Runs;
using Panorama.Inference;
using Panorama.Inference.Engine;
using Panorama.Inference.Families;
using Panorama.Inference.Model;
using Panorama.Tokenization;
using Panorama.Tokenization.ChatTemplates;

namespace Panorama.Cli.Models;

/// <summary>A model opened for use, a folder or a GGUF file: engine, tokenizer, chat template, generation defaults.</summary>
internal sealed class LoadedModel : IDisposable
{
    private readonly ModelFiles _files;
    private readonly RunnerNextTokenModel _engine;
    private readonly Dictionary<string, int> _adapters = new(StringComparer.Ordinal);

    private LoadedModel(ModelFiles files, RunnerOptions options)
    {
        _files = files;
        Tokens = files.SpecialTokens;
        Tokenizer = files.Tokenizer;
        Runner = new TransformerRunner(files, options);
        _engine = new RunnerNextTokenModel(Runner);
        Generator = new TextGenerator(Model, Tokenizer, Tokens.Eos, files.AddsBos ? Tokens.Bos : null);
    }

    /// <summary>The folder or file.</summary>
    public string Path => _files.Path;

    /// <summary>Its control tokens.</summary>
    public SpecialTokenIds Tokens { get; }

    /// <summary>Its tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>The engine.</summary>
    public TransformerRunner Runner { get; }

    /// <summary>The model, with the adapter in use.</summary>
    public INextTokenModel Model => _engine;

    /// <summary>The model and its tokenizer as text in, text out.</summary>
    public TextGenerator Generator { get; }

    /// <summary>Opens a model.</summary>
    /// <param name="path">A model folder or a GGUF file.</param>
    /// <param name="threads">Threads; 0: the default.</param>
    /// <param name="adapter">Folder of the adapter to use, if any.</param>
    /// <exception cref="InputException">A file is missing or malformed, or the tokenizer or the adapter does not fit the model.</exception>
    public static LoadedModel Open(string path, int threads = 0, string? adapter = null)
    {
        ModelFiles files = ModelFiles.Open(path);
        LoadedModel? loaded = null;
        try
        {
            loaded = new LoadedModel(files, new RunnerOptions { Threads = ThreadCount.Resolve(threads) });
            loaded.Use(adapter);
            return loaded;
        }
        catch
        {
            loaded?.Dispose();
            files.Dispose();
            throw;
        }
    }

    /// <summary>Chooses the adapter of what is generated from now on. Adapters stay loaded: a later change back costs nothing.</summary>
    /// <param name="adapter">Its folder; <see langword="null"/>: the model alone.</param>
    /// <exception cref="InputException">The adapter is missing, malformed, or does not fit the model.</exception>
    public void Use(string? adapter)
    {
        if (adapter is not null && !_adapters.ContainsKey(adapter))
        {
            _adapters.Add(adapter, Runner.AddAdapter(adapter));
        }

        _engine.Adapter = adapter is null ? -1 : _adapters[adapter];
    }

    /// <summary>The chat template of the model.</summary>
    /// <exception cref="InputException">It has none, or one that cannot be rendered.</exception>
    public ChatTemplate ChatTemplate() =>
        (Directory.Exists(Path) ? Tokenization.ChatTemplates.ChatTemplate.TryLoad(Path)
            : _files.ChatTemplate is { } text ? Tokenization.ChatTemplates.ChatTemplate.Parse(text, NamedTokens(), Path)
            : null)
        ?? throw new InputException($"{Path} has no chat template ({Tokenization.ChatTemplates.ChatTemplate.FileName}, chat_template in {TokenizerConfig.FileName}, or in a GGUF file's metadata), so it cannot chat. Use 'panorama generate', or fine-tune it on chats first.");

    /// <summary>The generation defaults of the model over those of the program.</summary>
    public GenerationOptions Defaults() => _files.Generation.ApplyTo(new GenerationOptions());

    /// <inheritdoc/>
    public void Dispose()
    {
        _engine.Dispose();
        _files.Dispose();
    }

    // What templates call the tokens that begin and end a text.
    private Dictionary<string, string> NamedTokens()
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        if (Tokens.Bos is { } bos)
        {
            names.Add("bos_token", Tokenizer.IdToToken(bos));
        }

        if (Tokens.Eos.Count > 0)
        {
            names.Add("eos_token", Tokenizer.IdToToken(Tokens.Eos[0]));
        }

        return names;
    }
}
