namespace Panorama.Data.Sources.Extraction;

/// <summary>The text of a file and what the file says about it.</summary>
/// <param name="Text">Plain text; may be empty.</param>
/// <param name="Title">Its title, if it has one.</param>
/// <param name="Language">BCP 47 tag, if stated.</param>
internal sealed record ExtractedText(string Text, string? Title = null, string? Language = null);
