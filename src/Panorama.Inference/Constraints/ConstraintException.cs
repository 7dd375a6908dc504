using Panorama.Core.Errors;

namespace Panorama.Inference.Constraints;

/// <summary>A constraint that cannot be used: malformed, not supported, without any text that fits, or too large.</summary>
/// <param name="message">What is wrong, where, and how to mend it.</param>
public sealed class ConstraintException(string message) : InputException(message);
