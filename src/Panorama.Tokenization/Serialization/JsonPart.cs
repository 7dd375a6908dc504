using System.Text.Json;
using Panorama.Core.Errors;

namespace Panorama.Tokenization.Serialization;

/// <summary>A value of a JSON file with its place, so that every complaint names file and place.</summary>
/// <param name="File">The file.</param>
/// <param name="Where">The place, such as <c>model.merges[3]</c>; empty for the whole file.</param>
/// <param name="Value">The value; of kind Undefined when it is missing.</param>
internal readonly record struct JsonPart(string File, string Where, JsonElement Value)
{
    /// <summary>Whether the value is missing or null.</summary>
    public bool IsAbsent => Value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;

    /// <summary>A member of an object; absent when it is missing.</summary>
    public JsonPart this[string name]
    {
        get
        {
            RequireKind(JsonValueKind.Object, "an object");
            Value.TryGetProperty(name, out JsonElement member);
            return new JsonPart(File, Where.Length == 0 ? name : $"{Where}.{name}", member);
        }
    }

    /// <summary>The items of an array.</summary>
    public IEnumerable<JsonPart> Items()
    {
        RequireKind(JsonValueKind.Array, "an array");
        int index = 0;
        foreach (JsonElement item in Value.EnumerateArray()) yield return new JsonPart(File, $"{Where}[{index++}]", item);
    }

    /// <summary>The value as a string.</summary>
    public string Text()
    {
        RequireKind(JsonValueKind.String, "a string");
        return Value.GetString()!;
    }

    /// <summary>The value as an id: 0 to 2³¹ - 1.</summary>
    public int Id() => Value.ValueKind == JsonValueKind.Number && Value.TryGetInt32(out int id) && id >= 0
        ? id
        : throw Fail($"is {Shown()}, not an id (a whole number of at least 0)");

    /// <summary>The value as a boolean, or a default when it is absent.</summary>
    public bool Flag(bool otherwise = false) => Value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ when IsAbsent => otherwise,
        _ => throw Fail($"is {Shown()}, not true or false"),
    };

    /// <summary>The value as bytes, from Base64.</summary>
    public byte[] Base64()
    {
        RequireKind(JsonValueKind.String, "a string");
        return Value.TryGetBytesFromBase64(out byte[]? bytes) ? bytes : throw Fail("is no Base64");
    }

    /// <summary>The <c>type</c> member that names the kind of a part.</summary>
    public string Kind() => this["type"].Text();

    /// <summary>Refuses a part by its name.</summary>
    public InvalidFileException Unsupported(string allowed) => Fail($"is {Shown()}, which is not known; known: {allowed}");

    /// <summary>A complaint about this place.</summary>
    public InvalidFileException Fail(string rule) => new(File, $"{(Where.Length == 0 ? "the file" : Where)} {rule}.");

    /// <summary>The value as JSON, cut short.</summary>
    public string Shown()
    {
        if (Value.ValueKind == JsonValueKind.Undefined) return "missing";
        return Cut(Value.GetRawText());
    }

    /// <summary>Text short enough for a message.</summary>
    public static string Cut(string text) => text.Length <= 80 ? text : string.Concat(text.AsSpan(0, 77), "...");

    private void RequireKind(JsonValueKind kind, string name)
    {
        if (Value.ValueKind != kind) throw Fail($"is {Shown()}, not {name}");
    }
}
