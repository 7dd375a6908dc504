using System.Text.Json;

namespace Panorama.Cli.Tests.Hosting;

public sealed class EnvVerbTests
{
    [Fact]
    public async Task It_names_versions_hardware_and_needs()
    {
        (int code, string output, _) = await PanoramaProcess.Run("env", "--json");
        Assert.Equal(0, code);
        JsonElement env = JsonDocument.Parse(output).RootElement;
        Assert.Equal(Environment.Version.ToString(), env.GetProperty("versions").GetProperty("dotnet").GetString());
        Assert.Matches(@"^\d+\.\d+\.\d+$", env.GetProperty("versions").GetProperty("torchsharp").GetString());
        Assert.Equal(Environment.ProcessorCount, env.GetProperty("cores").GetInt32());
        Assert.InRange(env.GetProperty("memory_bytes").GetInt64(), 1_000_000, long.MaxValue);
        Assert.True(Check(env, "libtorch").GetProperty("ok").GetBoolean());
    }

    [Fact]
    public async Task What_is_missing_comes_with_its_remedy()
    {
        System.Diagnostics.ProcessStartInfo start = PanoramaProcess.Start("env", "--json");
        start.Environment["PANORAMA_LIBTORCH"] = "/no/such/folder";
        (int code, string output, _) = await PanoramaProcess.Run(start);
        Assert.Equal(0, code);
        JsonElement env = JsonDocument.Parse(output).RootElement;
        Assert.False(env.GetProperty("ok").GetBoolean());
        Assert.False(Check(env, "libtorch").GetProperty("ok").GetBoolean());
        Assert.Contains("PANORAMA_LIBTORCH is '/no/such/folder'", Check(env, "libtorch").GetProperty("remedy").GetString());
    }

    private static JsonElement Check(JsonElement env, string name) =>
        env.GetProperty("checks").EnumerateArray().Single(check => check.GetProperty("name").GetString() == name);
}
