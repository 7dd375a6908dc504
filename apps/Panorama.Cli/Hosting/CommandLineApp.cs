using System.CommandLine;
using System.Text.Json.Nodes;
using Panorama.Cli.Terminal;
using Panorama.Core.Errors;

namespace Panorama.Cli.Hosting;

/// <summary>
/// The frame around every verb: parses, runs, prints the result, turns errors into one message and an exit code
/// (0 done, 1 the job failed, 2 input or usage wrong, 130 stopped by the user).
/// </summary>
internal static class CommandLineApp
{
    private const int Failed = 1;

    private static readonly ParserConfiguration Parser = new()
    {
        EnablePosixBundling = false,
        ResponseFileTokenReplacer = null, // "@name" is text for a model, not a file of options
    };

    /// <summary>Runs the program.</summary>
    /// <param name="args">The command line without the program's name.</param>
    /// <param name="streams">Where to write.</param>
    /// <returns>The exit code.</returns>
    public static Task<int> RunAsync(IReadOnlyList<string> args, StandardStreams streams) =>
        RunAsync(VerbList.Root(), args, streams);

    /// <summary>Runs one of the verbs of <paramref name="root"/>.</summary>
    /// <param name="root">The verbs.</param>
    /// <param name="args">The command line without the program's name.</param>
    /// <param name="streams">Where to write.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(RootCommand root, IReadOnlyList<string> args, StandardStreams streams)
    {
        if (args.Count == 0)
            args = ["--help"];
        ParseResult result = root.Parse(args, Parser);
        bool json = result.GetValue(SharedOptions.Json);
        bool debug = result.GetValue(SharedOptions.Debug);
        using IRunConsole console = json
            ? RunConsole.On(streams.Error, streams.ErrorIsTerminal)
            : RunConsole.On(streams.Out, streams.OutIsTerminal);
        using var signals = new StopSignals(console.Warn);
        try
        {
            if (result.CommandResult.Command is not VerbCommand verb || IsHelpOrVersion(result))
                return HelpOrUsage(result, streams);
            if (UsageErrors.Find(result) is { } mistake)
                throw new InputException(mistake);

            JsonObject values = await verb.Body(result, new VerbContext(console, json, signals.Token));
            console.Dispose(); // the last bar is drawn before the result
            if (json)
                await streams.Out.WriteLineAsync(ResultJson.Line(values));
            return 0;
        }
        catch (OperationCanceledException) when (signals.Token.IsCancellationRequested)
        {
            return StopSignals.StoppedExitCode;
        }
        catch (Exception error)
        {
            console.Dispose();
            return Report(error, debug, streams.Error);
        }
    }

    private static bool IsHelpOrVersion(ParseResult result) =>
        result.Action is System.CommandLine.Help.HelpAction or SettingsHelp || result.Action?.GetType().DeclaringType == typeof(VersionOption);

    private static int HelpOrUsage(ParseResult result, StandardStreams streams)
    {
        if (!IsHelpOrVersion(result) && UsageErrors.Find(result) is { } mistake)
            throw new InputException(mistake);
        return result.Invoke(new InvocationConfiguration
        {
            Output = streams.Out,
            Error = streams.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        });
    }

    private static int Report(Exception error, bool debug, TextWriter writer)
    {
        // Parallel steps wrap what their threads threw; on a full disk, for one, that is the same error of each.
        if (error is AggregateException several)
        {
            several = several.Flatten();
            error = several.InnerExceptions.FirstOrDefault(inner => inner is PanoramaException) ?? several.InnerExceptions[0];
        }

        string message = error switch
        {
            OutOfMemoryException => "The machine's memory does not suffice. Use a smaller model, batch or corpus.",
            PanoramaException => error.Message,
            IOException or UnauthorizedAccessException => error.Message,
            _ => $"{error.GetType().Name}: {error.Message} This is a fault of Panorama itself; --debug shows where.",
        };
        writer.WriteLine($"panorama: {TerminalText.Clean(message)}");
        if (debug)
            writer.WriteLine(error);
        return error is PanoramaException known ? known.ExitCode : Failed;
    }
}
