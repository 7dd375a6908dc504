namespace Panorama.Core.Errors;

/// <summary>
/// An error with one message meant for people: what is wrong, where, the limit, and the remedy.
/// The command line prints <see cref="Exception.Message"/> alone and exits with <see cref="ExitCode"/>.
/// </summary>
/// <param name="message">The whole message for the user.</param>
/// <param name="inner">The cause, shown only with <c>--debug</c>.</param>
public abstract class PanoramaException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The process exit code this error leads to.</summary>
    public abstract int ExitCode { get; }
}

/// <summary>The input or the usage is wrong: exit code 2. Nothing was changed.</summary>
/// <param name="message">What is wrong, where, and how to mend it.</param>
/// <param name="inner">The cause, if any.</param>
public class InputException(string message, Exception? inner = null) : PanoramaException(message, inner)
{
    /// <inheritdoc/>
    public override int ExitCode => 2;
}

/// <summary>The job itself failed (no space left, diverging loss, a missing native library): exit code 1.</summary>
/// <param name="message">What failed, where, and how to go on.</param>
/// <param name="inner">The cause, if any.</param>
public class JobException(string message, Exception? inner = null) : PanoramaException(message, inner)
{
    /// <inheritdoc/>
    public override int ExitCode => 1;
}

/// <summary>The user stopped the run and its work is saved: exit code 130.</summary>
/// <param name="message">Where the work was saved and how to go on.</param>
public sealed class StoppedException(string message) : PanoramaException(message)
{
    /// <inheritdoc/>
    public override int ExitCode => 130;
}

/// <summary>A file breaks a rule of its format. The message names the file, the place and the rule.</summary>
/// <param name="path">The offending file.</param>
/// <param name="rule">Which rule is broken, with the values found and allowed.</param>
/// <param name="inner">The cause, if any.</param>
public class InvalidFileException(string path, string rule, Exception? inner = null) : InputException($"{path}: {rule}", inner)
{
    /// <summary>The offending file.</summary>
    public string Path { get; } = path;
}
