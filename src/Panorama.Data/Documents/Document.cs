using System.Collections.Frozen;
using System.Text;

namespace Panorama.Data.Documents;

/// <summary>One text with its origin: what every source yields and every step takes.</summary>
public sealed record Document
{
    /// <summary>Unique within a corpus and stable from run to run.</summary>
    public required string Id { get; init; }

    /// <summary>The text itself, without any control tokens.</summary>
    public required string Text { get; init; }

    /// <summary>Where the text came from: a file, or a file and line.</summary>
    public required string Source { get; init; }

    /// <summary>Facts about the text, by the names of <see cref="MetadataKeys"/> or the user's own.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>Length of the text in UTF-8 bytes: the unit of every size in this project's reports.</summary>
    public long Utf8Bytes => Encoding.UTF8.GetByteCount(Text);

    /// <summary>The metadata value of a key, or null when the document does not have it.</summary>
    /// <param name="key">A key of <see cref="MetadataKeys"/> or the user's own.</param>
    public string? MetadataOrNull(string key) => Metadata.TryGetValue(key, out string? value) ? value : null;
}

/// <summary>Names of the metadata that this project itself writes and reads.</summary>
public static class MetadataKeys
{
    /// <summary>Begins the names that only this project's own sources may set; a user's file that has one loses it when it is read.</summary>
    public const string ReservedPrefix = "panorama:";

    /// <summary>How the text is laid out, when a source of this project made it so: see <see cref="Sources.DocumentationText.Layout"/>.</summary>
    public const string Layout = ReservedPrefix + "layout";

    /// <summary>SPDX identifier of the licence; absent when unknown.</summary>
    public const string Licence = "licence";

    /// <summary>BCP 47 language tag; absent when unknown.</summary>
    public const string Language = "language";

    /// <summary>Title of a page.</summary>
    public const string Title = "title";

    /// <summary>Kind of an API member: type, constructor, method, property, field, event.</summary>
    public const string Kind = "kind";

    /// <summary>Assembly an API member belongs to.</summary>
    public const string Assembly = "assembly";

    /// <summary>Dotted display name of an API member, without parameters.</summary>
    public const string Name = "name";

    /// <summary>Name and parameters of an API member in a C#-like short form.</summary>
    public const string Signature = "signature";

    /// <summary>"true" when a member only says that its documentation is inherited.</summary>
    public const string Inherits = "inherits";
}
