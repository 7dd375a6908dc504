using Panorama.Core;
using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Quantization.Formats;
using Panorama.Quantization.Gguf;
using Panorama.Tokenization;

namespace Panorama.Inference.Families.Gguf;

/// <summary>A GGUF file.</summary>
internal sealed class GgufFiles : ModelFiles
{
    private readonly GgufFile _file;

    public GgufFiles(string path)
        : base(path)
    {
        _file = GgufFile.Open(path);
        try
        {
            if (_file.Metadata.FindInteger("split.count") is > 1 and var parts)
            {
                throw new InvalidFileException(path, $"is one of {parts} parts of a model. Join them first; models in parts are not supported.");
            }

            Config = GgufArchitecture.Read(_file);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    public override ModelConfig Config { get; }

    public override DType? StoredType => _file.Get("token_embd.weight").Format switch
    {
        TensorFormat.F32 => DType.F32,
        TensorFormat.F16 => DType.F16,
        TensorFormat.BF16 => DType.BF16,
        _ => null,
    };

    // Decided by the tokenizer, which knows the defaults of its kind.
    public override bool AddsBos => SpecialTokens.Bos is { } bos && (_file.Metadata.FindFlag("tokenizer.ggml.add_bos_token") ?? (Tokenizer.AddSpecialTokens([]) is [int first, ..] && first == bos));

    public override string? ChatTemplate => _file.Metadata.FindText("tokenizer.chat_template");

    public override PoolingKind? Pooling => PoolingMetadata.Read(_file, Config);

    public override IModelWeights OpenWeights() => GgufWeights.Open(_file, Config);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _file.Dispose();
        }

        base.Dispose(disposing);
    }

    private protected override SpecialTokenIds ReadSpecialTokens() => new()
    {
        Bos = TokenizerMetadata.Id(_file, "bos_token_id"),
        Eos = EndTokens.Read(_file),
        Pad = TokenizerMetadata.Id(_file, "padding_token_id"),
    };

    private protected override GenerationConfig ReadGeneration() => GenerationMetadata.Read(_file);

    private protected override Tokenizer ReadTokenizer() => TokenizerMetadata.Read(_file).ToTokenizer(Path);
}
