using System.Text.Json.Nodes;
using Panorama.Cli.Hosting;

namespace Panorama.Cli.Verbs;

/// <summary><c>panorama env</c>: versions, hardware, what is missing and how to get it.</summary>
internal static class EnvVerb
{
    /// <summary>Makes the verb.</summary>
    public static VerbCommand Create() => new("env", "Show versions, hardware, what is missing and how to get it", (_, context) =>
        Task.FromResult(new JsonObject { ["dotnet"] = Environment.Version.ToString() }));
}
