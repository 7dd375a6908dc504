using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Panorama.Data.Chats;
using Panorama.Data.Documents;
using Panorama.Data.Questions;
using Panorama.Data.Rejects;

namespace Panorama.Data;

/// <summary>Source-generated JSON of this project's files: snake_case names, absent instead of null, text kept readable.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RejectLine))]
[JsonSerializable(typeof(Funnel))]
[JsonSerializable(typeof(DocumentLine))]
[JsonSerializable(typeof(DocumentToWrite))]
[JsonSerializable(typeof(ChatLine))]
[JsonSerializable(typeof(ChatExample))]
internal sealed partial class DataJson : JsonSerializerContext
{
    /// <summary>For files that are never embedded in HTML: only what JSON itself demands is escaped.</summary>
    public static DataJson Lines => field ??= new DataJson(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
