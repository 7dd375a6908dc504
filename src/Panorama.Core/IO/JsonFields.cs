using System.Globalization;
using System.Text.Json;
using Panorama.Core.Errors;

namespace Panorama.Core.IO;

/// <summary>The fields of a JSON object from outside, read with errors that name the field, what was found and what is allowed.</summary>
public readonly struct JsonFields
{
    private readonly JsonElement _object;
    private readonly string _file;
    private readonly string _prefix;

    internal JsonFields(JsonElement element, string file, string prefix) => (_object, _file, _prefix) = (element, file, prefix);

    /// <summary>The fields of a document's root.</summary>
    /// <param name="document">The document; must outlive the fields.</param>
    /// <param name="file">Where it comes from, for messages.</param>
    /// <exception cref="InvalidFileException">The root is not an object.</exception>
    public static JsonFields Of(JsonDocument document, string file)
    {
        ArgumentNullException.ThrowIfNull(document);
        return document.RootElement.ValueKind == JsonValueKind.Object
            ? new JsonFields(document.RootElement, file, "")
            : throw new InvalidFileException(file, "is not a JSON object.");
    }

    /// <summary>A field that must be there and not be null.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="InvalidFileException">It is missing or null.</exception>
    public JsonField Required(string name) => Optional(name) ?? throw new InvalidFileException(_file, $"has no {_prefix}{name}, which is required.");

    /// <summary>A field that may be missing or null: <see langword="null"/> then.</summary>
    /// <param name="name">Its name.</param>
    public JsonField? Optional(string name) =>
        _object.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null
            ? new JsonField(value, _file, _prefix + name)
            : null;

    /// <summary>Whether a field is there, be it null.</summary>
    /// <param name="name">Its name.</param>
    public bool Has(string name) => _object.TryGetProperty(name, out _);

    /// <summary>Every field that is not null, in file order.</summary>
    public IEnumerable<(string Name, JsonField Field)> All()
    {
        foreach (JsonProperty property in _object.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.Null)
            {
                yield return (property.Name, new JsonField(property.Value, _file, _prefix + property.Name));
            }
        }
    }
}

/// <summary>One JSON value with its place.</summary>
public readonly struct JsonField
{
    private readonly string _file;

    internal JsonField(JsonElement element, string file, string name) => (Element, _file, Name) = (element, file, name);

    /// <summary>The value itself.</summary>
    public JsonElement Element { get; }

    /// <summary>Its path within the file, as in <c>rope_parameters.rope_theta</c>.</summary>
    public string Name { get; }

    /// <summary>An integer of 32 bits.</summary>
    /// <exception cref="InvalidFileException">The value is something else.</exception>
    public int Int32() => Element.ValueKind == JsonValueKind.Number && Element.TryGetInt32(out int value) ? value : throw Wrong("an integer of 32 bits");

    /// <summary>An integer of 64 bits.</summary>
    /// <exception cref="InvalidFileException">The value is something else.</exception>
    public long Int64() => Element.ValueKind == JsonValueKind.Number && Element.TryGetInt64(out long value) ? value : throw Wrong("an integer of 64 bits");

    /// <summary>A finite number.</summary>
    /// <exception cref="InvalidFileException">The value is something else.</exception>
    public double Double() => Element.ValueKind == JsonValueKind.Number && Element.TryGetDouble(out double value) && double.IsFinite(value) ? value : throw Wrong("a number");

    /// <summary>True or false.</summary>
    /// <exception cref="InvalidFileException">The value is something else.</exception>
    public bool Boolean() => Element.ValueKind is JsonValueKind.True or JsonValueKind.False ? Element.GetBoolean() : throw Wrong("true or false");

    /// <summary>A string.</summary>
    /// <exception cref="InvalidFileException">The value is something else.</exception>
    public string Text() => Element.ValueKind == JsonValueKind.String ? Element.GetString()! : throw Wrong("a string");

    /// <summary>The fields of an object.</summary>
    /// <exception cref="InvalidFileException">The value is something else.</exception>
    public JsonFields Object() => Element.ValueKind == JsonValueKind.Object ? new JsonFields(Element, _file, Name + ".") : throw Wrong("an object");

    /// <summary>The items of a list.</summary>
    /// <exception cref="InvalidFileException">The value is something else.</exception>
    public IReadOnlyList<JsonField> Items()
    {
        if (Element.ValueKind != JsonValueKind.Array)
        {
            throw Wrong("a list");
        }

        var items = new List<JsonField>(Element.GetArrayLength());
        foreach (JsonElement item in Element.EnumerateArray())
        {
            items.Add(new JsonField(item, _file, string.Create(CultureInfo.InvariantCulture, $"{Name}[{items.Count}]")));
        }

        return items;
    }

    /// <summary>The error that this value is not an allowed one.</summary>
    /// <param name="allowed">What is allowed.</param>
    public InvalidFileException Wrong(string allowed)
    {
        string raw = Element.GetRawText();
        return new InvalidFileException(_file, $"{Name} is {Shown.Quote(raw)}; allowed: {allowed}.");
    }
}
