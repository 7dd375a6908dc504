using System.Globalization;
using System.Text.Json;
using Panorama.Core.Errors;

namespace Panorama.Core.IO;

/// <summary>Reads JSON documents that come from outside: size and depth bounded, no key twice, all text valid Unicode.</summary>
public static class JsonFile
{
    /// <summary>The deepest nesting accepted.</summary>
    public const int MaxDepth = 64;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = MaxDepth, AllowDuplicateProperties = false };

    /// <summary>Reads and checks a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxBytes">The largest size allowed.</param>
    /// <exception cref="InputException">The file cannot be read.</exception>
    /// <exception cref="InvalidFileException">It is too large or not valid; names line and column.</exception>
    public static JsonDocument Read(string path, int maxBytes = 16 << 20) => Parse(InputFile.ReadAllBytes(path, maxBytes), path);

    /// <summary>Parses and checks JSON.</summary>
    /// <param name="json">UTF-8, with or without a byte order mark; must not change while the document lives.</param>
    /// <param name="path">Where it comes from, for messages.</param>
    /// <exception cref="InvalidFileException">It is not valid; names line and column.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> json, string path)
    {
        if (json.Span.StartsWith("\uFEFF"u8))
        {
            json = json[3..];
        }

        JsonDocument? document = null;
        try
        {
            document = JsonDocument.Parse(json, Strict);
            RequireUnicode(document.RootElement);
            return document;
        }
        catch (JsonException e)
        {
            document?.Dispose();
            string place = e.LineNumber is { } line
                ? string.Create(CultureInfo.InvariantCulture, $" at line {line + 1}, byte {e.BytePositionInLine + 1}")
                : "";
            throw new InvalidFileException(path, $"is not valid JSON{place}: {e.Message}", e);
        }
        catch (InvalidOperationException e)
        {
            document?.Dispose();
            throw new InvalidFileException(path, "has text that is not valid Unicode.", e);
        }
    }

    // Invalid UTF-8 and half surrogate pairs come to light only when a text is taken: take each once, here.
    private static void RequireUnicode(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                _ = element.GetString();
                break;
            case JsonValueKind.Array:
                foreach (JsonElement item in element.EnumerateArray())
                {
                    RequireUnicode(item);
                }

                break;
            case JsonValueKind.Object:
                foreach (JsonProperty property in element.EnumerateObject())
                {
                    _ = property.Name;
                    RequireUnicode(property.Value);
                }

                break;
        }
    }
}
