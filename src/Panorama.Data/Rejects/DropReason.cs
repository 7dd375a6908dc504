namespace Panorama.Data.Rejects;

/// <summary>Why a document, a record, or a file did not go on. Equal by its name.</summary>
/// <param name="Name">A short snake_case name: the key of counts and reports.</param>
public readonly record struct DropReason(string Name)
{
    /// <summary>The text has fewer characters than asked.</summary>
    public static DropReason TooShort { get; } = new("too_short");

    /// <summary>Nothing but a name: the member has no summary.</summary>
    public static DropReason NoSummary { get; } = new("no_summary");

    /// <summary>The member only refers to the documentation of another one.</summary>
    public static DropReason Inherited { get; } = new("inherited_documentation");

    /// <summary>The summary is a stand-in such as "To be added.".</summary>
    public static DropReason Placeholder { get; } = new("placeholder");

    /// <summary>The summary says that the member is not for users.</summary>
    public static DropReason Reserved { get; } = new("reserved");

    /// <summary>The same text, by the stated normalization, came before.</summary>
    public static DropReason ExactDuplicate { get; } = new("exact_duplicate");

    /// <summary>Nearly the same text as one that is kept.</summary>
    public static DropReason NearDuplicate { get; } = new("near_duplicate");

    /// <summary>Too similar to a held-out document to be trained on.</summary>
    public static DropReason NearHeldOut { get; } = new("near_held_out");

    /// <summary>The bytes are no text in the encoding their mark (or its absence: UTF-8) promises.</summary>
    public static DropReason Undecodable { get; } = new("undecodable");

    /// <summary>The file holds zero characters: it is no text.</summary>
    public static DropReason Binary { get; } = new("binary");

    /// <summary>The file or record is larger than the limit.</summary>
    public static DropReason TooLarge { get; } = new("too_large");

    /// <summary>Nothing but white space.</summary>
    public static DropReason Empty { get; } = new("empty");

    /// <summary>The file could not be opened or read.</summary>
    public static DropReason Unreadable { get; } = new("unreadable");

    /// <summary>A line is no JSON object with a text.</summary>
    public static DropReason BrokenRecord { get; } = new("broken_record");

    /// <summary>The file breaks the rules of its format from some place on.</summary>
    public static DropReason MalformedFile { get; } = new("malformed_file");

    /// <inheritdoc/>
    public override string ToString() => Name;
}
