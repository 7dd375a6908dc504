using System.CommandLine;
using System.Globalization;

namespace Panorama.Cli.Models;

/// <summary>Options of the verbs that use a model.</summary>
internal static class ModelOption
{
    /// <summary><c>--model DIR</c>.</summary>
    public static Option<string> Create() => new("--model") { Description = "Model folder, such as runs/demo/model", HelpName = "DIR", Required = true };

    /// <summary><c>--adapter DIR</c>.</summary>
    public static Option<string?> Adapter() => new("--adapter") { Description = "Adapter folder to use with the model, such as runs/lora/adapter", HelpName = "DIR" };

    /// <summary><c>--threads N</c>.</summary>
    public static Option<int> Threads()
    {
        const int Most = 4096;
        var threads = new Option<int>("--threads") { Description = "Threads (0, the default: PANORAMA_THREADS, otherwise all logical cores)", HelpName = "N" };
        threads.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && result.GetValueOrDefault<int>() is var given and (< 0 or > Most))
            {
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"--threads is {given}; allowed: 0 to {Most:N0}."));
            }
        });
        return threads;
    }
}
