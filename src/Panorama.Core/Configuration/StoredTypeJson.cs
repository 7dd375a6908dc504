using System.Text.Json;
using Panorama.Core.Errors;
using Panorama.Core.IO;

namespace Panorama.Core.Configuration;

/// <summary>The element type of the stored weights: <c>torch_dtype</c>, in newer files <c>dtype</c>.</summary>
internal static class StoredTypeJson
{
    public static DType? Read(JsonFields fields)
    {
        JsonField? field = fields.Optional("dtype") ?? fields.Optional("torch_dtype");
        return field?.Text() switch
        {
            null => null,
            "float32" => DType.F32,
            "bfloat16" => DType.BF16,
            "float16" => DType.F16,
            "float64" => DType.F64,
            _ => throw field.Value.Wrong("'float32', 'bfloat16', 'float16' or 'float64'"),
        };
    }

    public static void Write(Utf8JsonWriter json, DType? type)
    {
        if (type is { } stored)
        {
            json.WriteString("torch_dtype", NameOf(stored));
        }
    }

    private static string NameOf(DType type) => type switch
    {
        DType.F32 => "float32",
        DType.BF16 => "bfloat16",
        DType.F16 => "float16",
        DType.F64 => "float64",
        _ => throw new InputException($"weights of type {type} have no name in config.json; allowed: F32, BF16, F16, F64."),
    };
}
