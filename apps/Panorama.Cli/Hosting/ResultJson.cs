using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Panorama.Cli.Hosting;

/// <summary>The one line that <c>--json</c> prints.</summary>
internal static class ResultJson
{
    // Relaxed: the line is read by programs and people, and never placed in HTML.
    private static readonly JsonSerializerOptions OneLine = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(), // arrays of numbers are kept as such in the tree
    };

    /// <summary>The line, without its end. Numbers that JSON does not have (NaN, infinities) become null.</summary>
    /// <param name="result">What a verb returned.</param>
    public static string Line(JsonObject result)
    {
        Clean(result);
        return result.ToJsonString(OneLine);
    }

    private static void Clean(JsonNode? node)
    {
        if (node is JsonArray list)
        {
            for (int i = 0; i < list.Count; i++)
            {
                if (IsNoNumber(list[i]))
                    list[i] = null;
                else
                    Clean(list[i]);
            }
        }
        else if (node is JsonObject section)
        {
            foreach ((string name, JsonNode? value) in section.ToList())
            {
                if (IsNoNumber(value))
                    section[name] = null;
                else
                    Clean(value);
            }
        }
    }

    private static bool IsNoNumber(JsonNode? node) => node is JsonValue value
        && ((value.TryGetValue(out double real) && !double.IsFinite(real)) || (value.TryGetValue(out float small) && !float.IsFinite(small)));
}
