using System.Text.Json;

namespace Panorama.Cli.Tests.Hosting;

/// <summary>The contract of the process: exit codes and which stream says what.</summary>
public sealed class ExitCodeTests
{
    [Fact]
    public async Task A_verb_that_succeeds_ends_with_0()
    {
        (int code, string output, string error) = await PanoramaProcess.Run("env");
        Assert.Equal(0, code);
        Assert.NotEmpty(output);
        Assert.Empty(error);
    }

    [Fact]
    public async Task With_json_standard_output_ends_with_one_object_and_holds_no_log()
    {
        (int code, string output, _) = await PanoramaProcess.Run("env", "--json");
        Assert.Equal(0, code);
        string line = Assert.Single(output.TrimEnd('\n').Split('\n'));
        Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(line).RootElement.ValueKind);
    }

    [Theory]
    [InlineData("evn", "unknown verb \"evn\". Did you mean env?")]
    [InlineData("env --jsno", "unknown option \"--jsno\" of panorama env. Did you mean --json?")]
    [InlineData("env surplus", "takes no argument \"surplus\"")]
    public async Task Wrong_usage_ends_with_2_and_one_line(string args, string expected)
    {
        (int code, string output, string error) = await PanoramaProcess.Run(args.Split(' '));
        Assert.Equal(2, code);
        Assert.Empty(output);
        Assert.Contains(expected, error);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("--version")]
    public async Task Help_and_version_go_to_standard_output(string option)
    {
        (int code, string output, string error) = await PanoramaProcess.Run(option);
        Assert.Equal(0, code);
        Assert.NotEmpty(output);
        Assert.Empty(error);
    }
}
