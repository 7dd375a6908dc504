using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Core.Models;
using Panorama.Inference;
using Panorama.Modeling.Adapters;
using Panorama.Modeling.Checkpoints;
using Panorama.Modeling.Families;
using Panorama.Modeling.Generation;
using Panorama.Modeling.Native;
using Panorama.Tokenization;
using Panorama.Tokenization.ChatTemplates;

namespace Panorama.Cli.Models;

/// <summary>A model folder opened for use: weights, tokenizer, chat template, generation defaults.</summary>
internal sealed class LoadedModel : IDisposable
{
    private readonly DecoderModel _decoder;
    private readonly Dictionary<string, LoraAdapter> _adapters = new(StringComparer.Ordinal);

    private LoadedModel(string folder, DecoderModel decoder, SpecialTokenIds tokens, Tokenizer tokenizer)
    {
        _decoder = decoder;
        Folder = folder;
        Tokens = tokens;
        Tokenizer = tokenizer;
        Model = new TorchNextTokenModel(decoder);
        Generator = new TextGenerator(Model, tokenizer, tokens.Eos.Union(StopTokens(folder)), tokens.Bos);
    }

    /// <summary>The model folder.</summary>
    public string Folder { get; }

    /// <summary>Its control tokens.</summary>
    public SpecialTokenIds Tokens { get; }

    /// <summary>Its tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>The model.</summary>
    public INextTokenModel Model { get; }

    /// <summary>The model and its tokenizer as text in, text out.</summary>
    public TextGenerator Generator { get; }

    /// <summary>Opens a model folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="threads">Threads; 0: the default.</param>
    /// <param name="adapter">Folder of the adapter to use, if any.</param>
    /// <exception cref="InputException">A file is missing or malformed, or the tokenizer or the adapter does not fit the model.</exception>
    public static LoadedModel Open(string folder, int threads = 0, string? adapter = null)
    {
        TorchRuntime.SetThreads(threads);
        (DecoderModel decoder, SpecialTokenIds tokens) = ModelFolder.Load(folder);
        LoadedModel? loaded = null;
        try
        {
            loaded = new LoadedModel(folder, decoder, tokens, Tokenizer.Load(folder));
            loaded.Use(adapter);
            return loaded;
        }
        catch
        {
            loaded?.Dispose();
            decoder.Dispose();
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
            _adapters.Add(adapter, AdapterFolder.Load(adapter, _decoder, Folder));
        }

        _decoder.Adapter = adapter is null ? null : _adapters[adapter];
    }

    /// <summary>The chat template of the folder.</summary>
    /// <exception cref="InputException">It has none, or one that cannot be rendered.</exception>
    public ChatTemplate ChatTemplate() => Tokenization.ChatTemplates.ChatTemplate.TryLoad(Folder)
        ?? throw new InputException($"{Folder} has no chat template ({Tokenization.ChatTemplates.ChatTemplate.FileName}, or chat_template in {TokenizerConfig.FileName}), so it cannot chat. Use 'panorama generate', or fine-tune it on chats first.");

    /// <summary>The generation defaults of the folder over those of the program.</summary>
    public GenerationOptions Defaults()
    {
        string path = Path.Combine(Folder, GenerationConfig.FileName);
        var options = new GenerationOptions();
        return File.Exists(path) ? GenerationConfig.Read(path).ApplyTo(options) : options;
    }

    // Published chat models name the end of a turn in generation_config.json only.
    private static IReadOnlyList<int> StopTokens(string folder)
    {
        string path = Path.Combine(folder, GenerationConfig.FileName);
        return File.Exists(path) ? GenerationConfig.Read(path).SpecialTokens.Eos : [];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Model.Dispose();
        foreach (LoraAdapter adapter in _adapters.Values)
        {
            adapter.Dispose();
        }

        _decoder.Dispose();
    }
}
