using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using Panorama.Core.IO;

namespace Panorama.Core.Safetensors;

/// <summary>Reads the JSON header of a safetensors file and enforces its rules.</summary>
internal sealed class SafetensorsHeader
{
    private readonly string _path;
    private readonly Dictionary<string, TensorInfo> _tensors = new(StringComparer.Ordinal);
    private Dictionary<string, string>? _metadata;

    private SafetensorsHeader(string path) => _path = path;

    /// <summary>The tensors by name.</summary>
    public Dictionary<string, TensorInfo> Tensors => _tensors;

    /// <summary>The free-form metadata.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _metadata ?? [];

    /// <summary>Parses a header; the byte ranges are checked by <see cref="SafetensorsLayout"/>.</summary>
    /// <param name="json">The header with its padding.</param>
    /// <param name="path">The file, for messages.</param>
    /// <exception cref="SafetensorsException">A rule is broken.</exception>
    public static SafetensorsHeader Parse(ReadOnlySpan<byte> json, string path)
    {
        var header = new SafetensorsHeader(path);
        if (json.IsEmpty || json[0] != (byte)'{')
        {
            throw header.Breach(SafetensorsRule.HeaderStart, "the header does not start with '{'.");
        }

        if (!Utf8.IsValid(json))
        {
            throw header.Breach(SafetensorsRule.HeaderNotUtf8, "the header is not valid UTF-8.");
        }

        try
        {
            header.ReadRoot(json);
        }
        catch (JsonException e)
        {
            throw header.Breach(SafetensorsRule.HeaderNotJson, $"the header is not the JSON of a safetensors file: {e.Message}", e);
        }

        return header;
    }

    private void ReadRoot(ReadOnlySpan<byte> json)
    {
        // Root, tensor, shape: a valid header is never deeper than 3.
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 3 });
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = Text(ref reader);
            if (name == SafetensorsFormat.MetadataKey)
            {
                ReadMetadata(ref reader);
            }
            else if (!_tensors.TryAdd(name, ReadTensor(ref reader, name)))
            {
                throw Duplicate(name, "the header");
            }
        }

        int end = checked((int)reader.BytesConsumed);
        if (json[end..].ContainsAnyExcept((byte)' '))
        {
            throw Breach(SafetensorsRule.HeaderPadding, "the header's JSON is followed by something else than spaces.");
        }
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        if (_metadata is not null)
        {
            throw Duplicate(SafetensorsFormat.MetadataKey, "the header");
        }

        _metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        Expect(ref reader, JsonTokenType.StartObject, SafetensorsRule.Metadata, "__metadata__ is not an object.");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = Text(ref reader);
            Expect(ref reader, JsonTokenType.String, SafetensorsRule.Metadata, $"__metadata__: the value of {Shown.Quote(key)} is not a string.");
            if (!_metadata.TryAdd(key, Text(ref reader)))
            {
                throw Duplicate(key, "__metadata__");
            }
        }
    }

    private TensorInfo ReadTensor(ref Utf8JsonReader reader, string name)
    {
        string? dtypeName = null;
        long[]? shape = null;
        (long Begin, long End)? range = null;
        Expect(ref reader, JsonTokenType.StartObject, SafetensorsRule.HeaderStructure, $"tensor {Shown.Quote(name)} is not an object.");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = Text(ref reader);
            bool again = key switch { "dtype" => dtypeName is not null, "shape" => shape is not null, "data_offsets" => range is not null, _ => false };
            if (again)
            {
                throw Duplicate(key, $"tensor {Shown.Quote(name)}");
            }

            switch (key)
            {
                case "dtype":
                    Expect(ref reader, JsonTokenType.String, SafetensorsRule.UnknownDType, $"tensor {Shown.Quote(name)}: dtype is not a string.");
                    dtypeName = Text(ref reader);
                    break;
                case "shape":
                    shape = ReadIntegers(ref reader, SafetensorsFormat.MaxRank, SafetensorsRule.Shape, $"tensor {Shown.Quote(name)}: shape");
                    break;
                case "data_offsets":
                    long[] pair = ReadIntegers(ref reader, 2, SafetensorsRule.Offsets, $"tensor {Shown.Quote(name)}: data_offsets");
                    range = pair.Length == 2 ? (pair[0], pair[1]) : throw Breach(SafetensorsRule.Offsets, $"tensor {Shown.Quote(name)}: data_offsets does not have 2 numbers.");
                    break;
                default:
                    throw Breach(SafetensorsRule.HeaderStructure, $"tensor {Shown.Quote(name)} has the unknown field {Shown.Quote(key)}; known are dtype, shape and data_offsets.");
            }
        }

        return MakeTensor(
            name,
            dtypeName ?? throw MissingField(name, "dtype"),
            shape ?? throw MissingField(name, "shape"),
            range ?? throw MissingField(name, "data_offsets"));
    }

    private TensorInfo MakeTensor(string name, string dtypeName, long[] shape, (long Begin, long End) range)
    {
        if (!SafetensorsFormat.TryParse(dtypeName, out DType dtype))
        {
            throw Breach(SafetensorsRule.UnknownDType, $"tensor {Shown.Quote(name)} has the unknown dtype {Shown.Quote(dtypeName)}.");
        }

        if (!SafetensorsFormat.TryCount(shape, dtype, out long elements, out long bytes))
        {
            throw Breach(SafetensorsRule.ShapeOverflow, $"tensor {Shown.Quote(name)}: {dtypeName} [{string.Join(", ", shape)}] is larger than 2^63 bytes.");
        }

        if (range.Begin > range.End)
        {
            throw Breach(SafetensorsRule.Offsets, Invariant($"tensor {Shown.Quote(name)} begins at {range.Begin}, after its end at {range.End}."));
        }

        if (range.End - range.Begin != bytes)
        {
            throw Breach(SafetensorsRule.SizeMismatch, Invariant($"tensor {Shown.Quote(name)}: {dtypeName} [{string.Join(", ", shape)}] takes {bytes} bytes, data_offsets [{range.Begin}, {range.End}] hold {range.End - range.Begin}."));
        }

        return new TensorInfo(name, dtype, shape, elements, range.Begin, bytes);
    }

    private long[] ReadIntegers(ref Utf8JsonReader reader, int most, SafetensorsRule rule, string what)
    {
        Expect(ref reader, JsonTokenType.StartArray, rule, $"{what} is not a list.");
        var values = new List<long>(4);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long value) || value < 0)
            {
                throw Breach(rule, $"{what} has an entry that is not an integer from 0 to 2^63 - 1.");
            }

            if (values.Count == most)
            {
                throw Breach(rule, Invariant($"{what} has more than {most} numbers."));
            }

            values.Add(value);
        }

        return [.. values];
    }

    private void Expect(ref Utf8JsonReader reader, JsonTokenType token, SafetensorsRule rule, string message)
    {
        if (!reader.Read() || reader.TokenType != token)
        {
            throw Breach(rule, message);
        }
    }

    private string Text(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            // Half of a surrogate pair, written as an escape.
            throw Breach(SafetensorsRule.HeaderNotUtf8, "the header has text that is not valid Unicode.", e);
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private SafetensorsException MissingField(string name, string field) => Breach(SafetensorsRule.HeaderStructure, $"tensor {Shown.Quote(name)} has no {field}.");

    private SafetensorsException Duplicate(string key, string place) => Breach(SafetensorsRule.DuplicateKey, $"{place} has the key {Shown.Quote(key)} twice.");

    private SafetensorsException Breach(SafetensorsRule rule, string detail, Exception? inner = null) => new(_path, rule, detail, inner);
}
