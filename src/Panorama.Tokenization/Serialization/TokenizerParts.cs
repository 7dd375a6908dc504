using System.Text.Json;
using Panorama.Tokenization.Decoders;
using Panorama.Tokenization.Normalizers;
using Panorama.Tokenization.PostProcessors;

namespace Panorama.Tokenization.Serialization;

/// <summary>The steps around a model, as they are written in <c>tokenizer.json</c> and as they run.</summary>
internal sealed record TokenizerParts
{
    private static readonly string[] Names = ["truncation", "padding", "normalizer", "pre_tokenizer", "post_processor", "decoder"];

    private TokenizerParts(Dictionary<string, string> json) => Json = json;

    /// <summary>The JSON of each part, for writing it back; <c>null</c> for none.</summary>
    public IReadOnlyDictionary<string, string> Json { get; }

    /// <summary>Changes text first, or null.</summary>
    public required Normalizer? Normalizer { get; init; }

    /// <summary>Cuts text into words.</summary>
    public required PreTokenizerSteps PreTokenizer { get; init; }

    /// <summary>What is put around a sequence on demand.</summary>
    public required SequenceTemplate Template { get; init; }

    /// <summary>Turns tokens into text; null: joined by spaces.</summary>
    public required TokenDecoder? Decoder { get; init; }

    /// <summary>Reads the parts of an object that has them as members. Truncation and padding are kept and never applied.</summary>
    public static TokenizerParts Read(JsonPart root, int vocabularySize) =>
        new(Names.ToDictionary(static name => name, name => root[name].IsAbsent ? "null" : root[name].Value.GetRawText(), StringComparer.Ordinal))
        {
            Normalizer = NormalizerReader.Read(root["normalizer"]),
            PreTokenizer = PreTokenizerReader.Read(root["pre_tokenizer"]),
            Template = PostProcessorReader.Read(root["post_processor"], vocabularySize),
            Decoder = DecoderReader.Read(root["decoder"]),
        };

    /// <summary>Reads parts written in the code.</summary>
    public static TokenizerParts Parse(string file, string json, int vocabularySize)
    {
        using var document = JsonDocument.Parse(json);
        return Read(new JsonPart(file, "", document.RootElement), vocabularySize);
    }
}
