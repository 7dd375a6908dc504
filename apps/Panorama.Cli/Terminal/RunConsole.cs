namespace Panorama.Cli.Terminal;

/// <summary>Chooses the console that fits the reader.</summary>
internal static class RunConsole
{
    /// <summary>A live console for a terminal, plain lines for a file or a pipe.</summary>
    /// <param name="writer">Where to write.</param>
    /// <param name="terminal">Whether a person reads on a capable terminal.</param>
    public static IRunConsole On(TextWriter writer, bool terminal) =>
        terminal ? new RichConsole(writer) : new PlainConsole(writer, TimeProvider.System);
}
