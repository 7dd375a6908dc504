using System.Text.Json.Nodes;
using Panorama.Cli.Hosting;
using Panorama.Cli.Machine;
using Panorama.Cli.Terminal;
using Panorama.Core.Runs;
using Panorama.Modeling.Native;

namespace Panorama.Cli.Verbs;

/// <summary><c>panorama env</c>: versions, hardware, what is missing and how to get it.</summary>
internal static class EnvVerb
{
    /// <summary>Makes the verb.</summary>
    public static VerbCommand Create() =>
        new("env", "Show versions, hardware, what is missing and how to get it", (_, context) => Task.FromResult(Run(context)));

    /// <summary>The versions of this program and of the libraries it stands on.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Versions() =>
    [
        new("panorama", typeof(EnvVerb).Assembly.GetName().Version?.ToString(3) ?? "unknown"),
        new("commit", GitCommit.Find(AppContext.BaseDirectory) ?? "unknown"),
        new("dotnet", Environment.Version.ToString()),
        new("torchsharp", TorchRuntime.TorchSharpVersion),
        new("libtorch", TorchRuntime.LibTorchVersion),
    ];

    private static JsonObject Run(VerbContext context)
    {
        var hardware = HardwareInfo.Collect();
        IReadOnlyList<string> simd = SimdSets.Available();
        IReadOnlyList<MachineCheck> checks = MachineCheck.All(Directory.GetCurrentDirectory());
        if (!context.Json)
            Show(context.Console, hardware, simd, checks);

        return new JsonObject
        {
            ["versions"] = new JsonObject(Versions().Select(version => KeyValuePair.Create(version.Key, (JsonNode?)version.Value))),
            ["cpu"] = hardware.CpuModel,
            ["cores"] = hardware.LogicalCores,
            ["simd"] = new JsonArray([.. simd.Select(name => (JsonNode?)name)]),
            ["memory_bytes"] = hardware.MemoryBytes,
            ["os"] = hardware.OperatingSystem,
            ["architecture"] = hardware.Architecture,
            ["checks"] = new JsonArray([.. checks.Select(check => (JsonNode?)new JsonObject
            {
                ["name"] = check.Name,
                ["ok"] = check.Ok,
                ["detail"] = check.Detail,
                ["remedy"] = check.Remedy,
            })]),
            ["ok"] = checks.All(check => check.Ok),
        };
    }

    private static void Show(IRunConsole console, HardwareInfo hardware, IReadOnlyList<string> simd, IReadOnlyList<MachineCheck> checks)
    {
        console.Table(new TextTable("Versions", [new("name"), new("version")], [.. Versions().Select(version => (string[])[version.Key, version.Value])]));
        console.Table(new TextTable("Machine", [new("part"), new("found")],
        [
            ["processor", $"{hardware.CpuModel}, {hardware.LogicalCores} logical cores"],
            ["vectors", string.Join(' ', simd)],
            ["memory", Format.Bytes(hardware.MemoryBytes)],
            ["system", $"{hardware.OperatingSystem}, {hardware.Architecture}"],
        ]));
        console.Table(new TextTable("Needs", [new("what"), new("state"), new("found")], [.. checks.Select(check => (string[])[check.Name, check.Ok ? "ok" : "missing", check.Detail])]));
        foreach (MachineCheck check in checks.Where(check => !check.Ok))
            console.Warn($"{check.Name}: {check.Remedy}");
    }
}
