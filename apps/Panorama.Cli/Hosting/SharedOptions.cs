using System.CommandLine;

namespace Panorama.Cli.Hosting;

/// <summary>Options that mean the same in every verb.</summary>
internal static class SharedOptions
{
    /// <summary><c>--json</c>: the last line of standard output is one JSON object.</summary>
    public static readonly Option<bool> Json = new("--json")
    {
        Description = "Print the result as one JSON object, the last line of standard output; logs go to standard error",
        Recursive = true,
    };

    /// <summary><c>--debug</c>: errors come with their stack trace.</summary>
    public static readonly Option<bool> Debug = new("--debug")
    {
        Description = "Show the stack trace of an error",
        Recursive = true,
    };

    /// <summary><c>--out DIR</c>: where a run writes.</summary>
    public static readonly Option<string?> Out = new("--out")
    {
        Description = "Folder of the run; replaces runs/NAME",
        HelpName = "DIR",
    };

    /// <summary><c>--fresh</c>: an earlier run in the folder is removed.</summary>
    public static readonly Option<bool> Fresh = new("--fresh")
    {
        Description = "Remove the run in this folder and start over, instead of going on with it",
    };

    /// <summary><c>--print-config</c>: shows the resolved recipe and does nothing else.</summary>
    public static readonly Option<bool> PrintConfig = new("--print-config")
    {
        Description = "Print the resolved recipe, with the origin of each value, and stop",
    };
}
