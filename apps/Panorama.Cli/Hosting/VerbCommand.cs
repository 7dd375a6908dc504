using System.CommandLine;
using System.CommandLine.Invocation;
using System.Text.Json.Nodes;

namespace Panorama.Cli.Hosting;

/// <summary>The work of a verb: reads its options and returns what <c>--json</c> prints.</summary>
/// <param name="options">The parsed command line.</param>
/// <param name="context">Console and cancellation.</param>
/// <returns>The results of the verb; an empty object if there are none.</returns>
internal delegate Task<JsonObject> VerbBody(ParseResult options, VerbContext context);

/// <summary>A command that does something, in contrast to one that only groups others.</summary>
internal sealed class VerbCommand : Command
{
    /// <summary>Makes a verb.</summary>
    /// <param name="name">The name on the command line.</param>
    /// <param name="description">One line for the help.</param>
    /// <param name="body">The work.</param>
    public VerbCommand(string name, string description, VerbBody body)
        : base(name, description)
    {
        Body = body;

        // The frame runs the body itself; an action merely tells the parser that the command is complete.
        Action = new NoAction();
    }

    /// <summary>The work.</summary>
    public VerbBody Body { get; }

    /// <summary>The sections of its recipe; empty for a verb without one.</summary>
    public IReadOnlyCollection<string> Sections { get; set; } = [];

    private sealed class NoAction : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult) => 0;
    }
}
