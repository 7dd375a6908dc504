using System.CommandLine;

namespace Panorama.Cli.Models;

/// <summary>Options of the verbs that use a model.</summary>
internal static class ModelOption
{
    /// <summary><c>--model DIR</c>.</summary>
    public static Option<string> Create() => new("--model") { Description = "Model folder, such as runs/demo/model", HelpName = "DIR", Required = true };

    /// <summary><c>--adapter DIR</c>.</summary>
    public static Option<string?> Adapter() => new("--adapter") { Description = "Adapter folder to use with the model, such as runs/lora/adapter", HelpName = "DIR" };

    /// <summary><c>--threads N</c>.</summary>
    public static Option<int> Threads() => new("--threads") { Description = "Threads (default: PANORAMA_THREADS, otherwise all logical cores)", HelpName = "N" };
}
