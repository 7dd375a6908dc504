using System.Text.Json;
using Panorama.Core.IO;

namespace Panorama.Core.Configuration;

/// <summary>Special token ids as <c>config.json</c> and <c>generation_config.json</c> write them.</summary>
internal static class TokenIdsJson
{
    public static SpecialTokenIds Read(JsonFields fields)
    {
        // One id, or a list where a model may end in several ways (Llama 3).
        JsonField? eos = fields.Optional("eos_token_id");
        int[] ends = eos switch
        {
            null => [],
            { Element.ValueKind: JsonValueKind.Array } list => [.. list.Items().Select(Id)],
            { } one => [Id(one)],
        };

        // LLaMA's first conversions write -1 for no padding.
        int? pad = fields.Optional("pad_token_id")?.Int32();
        return new SpecialTokenIds
        {
            Bos = fields.Optional("bos_token_id") is { } bos ? Id(bos) : null,
            Eos = ends,
            Pad = pad == -1 ? null : fields.Optional("pad_token_id") is { } padding ? Id(padding) : null,
        };
    }

    public static void Write(Utf8JsonWriter json, SpecialTokenIds tokens)
    {
        if (tokens.Bos is { } bos)
        {
            json.WriteNumber("bos_token_id", bos);
        }
        else
        {
            json.WriteNull("bos_token_id"); // a missing one would be read as LlamaConfig's default, 1
        }

        switch (tokens.Eos)
        {
            case []:
                json.WriteNull("eos_token_id");
                break;
            case [int only]:
                json.WriteNumber("eos_token_id", only);
                break;
            default:
                json.WriteStartArray("eos_token_id");
                foreach (int id in tokens.Eos)
                {
                    json.WriteNumberValue(id);
                }

                json.WriteEndArray();
                break;
        }

        if (tokens.Pad is { } pad)
        {
            json.WriteNumber("pad_token_id", pad);
        }
    }

    private static int Id(JsonField field) => field.Int32() is >= 0 and var id ? id : throw field.Wrong("a token id of at least 0");
}
