using System.Text;
using System.Text.Json;
using Panorama.Core;
using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Core.IO;
using Panorama.Tokenization;

namespace Panorama.Inference.Families;

/// <summary>A model folder in the Hugging Face layout.</summary>
internal sealed class FolderFiles : ModelFiles
{
    /// <summary>Holds what pools an encoder's vectors, in the layout of sentence-transformers.</summary>
    public const string PoolingFolder = "1_Pooling";

    private const int LargestTemplate = 1 << 20;

    private readonly HuggingFaceModel _model;
    private readonly Lazy<TokenizerSettings> _settings;

    public FolderFiles(string folder)
        : base(folder)
    {
        string config = InFolder(HuggingFaceConfig.FileName);
        if (!File.Exists(config))
        {
            throw new InputException(Directory.Exists(folder)
                ? $"{folder} is no model folder: it has no {HuggingFaceConfig.FileName}.{Nearby()}"
                : $"The model {folder} does not exist. Name a model folder in the Hugging Face layout or a GGUF file.");
        }

        _model = HuggingFaceConfig.Read(config);
        _settings = new Lazy<TokenizerSettings>(() => TokenizerSettings.Read(folder));
    }

    public override ModelConfig Config => _model.Config;

    public override DType? StoredType => _model.StoredType;

    // What the tokenizer's own file puts around a text counts where nothing else is said.
    public override bool AddsBos => SpecialTokens.Bos is { } bos && (_settings.Value.AddBos ?? (Tokenizer.AddSpecialTokens([]) is [int first, ..] && first == bos));

    public override string? ChatTemplate
    {
        get
        {
            string file = InFolder(Tokenization.ChatTemplates.ChatTemplate.FileName);
            return File.Exists(file) ? Text(file) : _settings.Value.ChatTemplate;
        }
    }

    // The layout of sentence-transformers: a folder per step behind the encoder.
    public override PoolingKind? Pooling
    {
        get
        {
            string path = InFolder(System.IO.Path.Combine(PoolingFolder, HuggingFaceConfig.FileName));
            return File.Exists(path) ? ReadPooling(path) : null;
        }
    }

    public override IModelWeights OpenWeights() => SafetensorsWeights.Open(Path, Config);

    private protected override SpecialTokenIds ReadSpecialTokens()
    {
        SpecialTokenIds own = _model.SpecialTokens;
        SpecialTokenIds generation = Generation.SpecialTokens;
        int? end = Find(_settings.Value.EosToken);
        return new SpecialTokenIds
        {
            Bos = generation.Bos ?? own.Bos ?? Find(_settings.Value.BosToken) ?? FirstOfEncoder(),
            // Chat models name the end of a turn here or there.
            Eos = [.. generation.Eos.Union(own.Eos).Union(end is { } id ? [id] : [])],
            Pad = generation.Pad ?? own.Pad,
        };
    }

    private protected override GenerationConfig ReadGeneration()
    {
        string path = InFolder(GenerationConfig.FileName);
        return File.Exists(path) ? GenerationConfig.Read(path) : new GenerationConfig();
    }

    private protected override Tokenizer ReadTokenizer() => Tokenizer.Load(Path);

    // What begins the texts of an encoder, [CLS], is the tokenizer's to say.
    private int? FirstOfEncoder() => !Config.Causal && Tokenizer.AddSpecialTokens([]) is [int first, ..] ? first : null;

    private int? Find(string? token) => token is null ? null : Tokenizer.TokenToId(token);

    private string InFolder(string name) => System.IO.Path.Combine(Path, name);

    // The folder of a run holds its model in a folder of that name.
    private string Nearby() => File.Exists(InFolder(System.IO.Path.Combine("model", HuggingFaceConfig.FileName))) ? $" Did you mean {InFolder("model")}?" : "";

    private static string Text(string file)
    {
        try
        {
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(InputFile.ReadAllBytes(file, LargestTemplate)).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidFileException(file, "is not UTF-8.", e);
        }
    }

    private static PoolingKind? ReadPooling(string path)
    {
        using JsonDocument document = JsonFile.Read(path);
        JsonFields fields = JsonFields.Of(document, path);
        PoolingKind? kind = null;
        foreach ((string name, JsonField field) in fields.All())
        {
            if (!name.StartsWith("pooling_mode_", StringComparison.Ordinal) || !field.Boolean())
            {
                continue;
            }

            PoolingKind read = name switch
            {
                "pooling_mode_mean_tokens" => PoolingKind.Mean,
                "pooling_mode_cls_token" => PoolingKind.First,
                "pooling_mode_lasttoken" => PoolingKind.Last,
                _ => throw field.Wrong("false, as only pooling_mode_mean_tokens, pooling_mode_cls_token and pooling_mode_lasttoken are supported"),
            };
            kind = kind is null ? read : throw field.Wrong("false, as two ways of pooling at once are not supported");
        }

        return kind;
    }
}
