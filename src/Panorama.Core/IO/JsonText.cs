using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Panorama.Core.IO;

/// <summary>Writes small JSON documents meant to be read by people too.</summary>
public static class JsonText
{
    /// <summary>Indented, text unescaped where JSON allows, as all files of a run and of a model are written.</summary>
    public static readonly JsonWriterOptions ForPeople = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>An object as indented UTF-8, ending with a line feed.</summary>
    /// <param name="writeFields">Writes the fields of the object.</param>
    public static byte[] Indented(Action<Utf8JsonWriter> writeFields)
    {
        ArgumentNullException.ThrowIfNull(writeFields);
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, ForPeople))
        {
            json.WriteStartObject();
            writeFields(json);
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }
}
