using System.Text;

namespace Panorama.Cli.Hosting;

/// <summary>The text streams of the process and what they are connected to.</summary>
/// <param name="Out">Where results go.</param>
/// <param name="Error">Where errors go, and logs with <c>--json</c>.</param>
/// <param name="OutIsTerminal">Whether a person reads <paramref name="Out"/> on a capable terminal.</param>
/// <param name="ErrorIsTerminal">Whether a person reads <paramref name="Error"/> on a capable terminal.</param>
internal sealed record StandardStreams(TextWriter Out, TextWriter Error, bool OutIsTerminal, bool ErrorIsTerminal)
{
    /// <summary>The streams of this process, UTF-8 whatever the locale says.</summary>
    public static StandardStreams OfProcess()
    {
        // NO_COLOR: https://no-color.org; TERM=dumb: a terminal without cursor movement.
        bool capable = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            && Environment.GetEnvironmentVariable("TERM") is not "dumb";
        return new StandardStreams(
            Utf8(Console.OpenStandardOutput()),
            Utf8(Console.OpenStandardError()),
            capable && !Console.IsOutputRedirected,
            capable && !Console.IsErrorRedirected);
    }

    private static TextWriter Utf8(Stream stream) =>
        TextWriter.Synchronized(new StreamWriter(stream, new UTF8Encoding(false)) { AutoFlush = true });
}
