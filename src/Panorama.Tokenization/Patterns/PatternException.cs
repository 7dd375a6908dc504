namespace Panorama.Tokenization.Patterns;

/// <summary>A regular expression that cannot be used; the reader of the file says where it stands.</summary>
/// <param name="message">What is wrong, as the end of a sentence about the expression.</param>
internal sealed class PatternException(string message) : Exception(message);
