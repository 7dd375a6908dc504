using System.CommandLine;
using System.Text.Json.Nodes;
using Panorama.Cli.Hosting;
using Panorama.Cli.Tests.Recipes;
using Panorama.Core.Errors;

namespace Panorama.Cli.Tests.Hosting;

/// <summary>The frame with verbs made for the test.</summary>
public sealed class CommandLineAppTests : IDisposable
{
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();
    private SampleSettings? _bound;

    [Fact]
    public async Task Options_bind_to_the_settings_in_both_spellings()
    {
        Assert.Equal(0, await Run("train", "--train.steps=5", "--train.schedule", "warmup-stable-decay", "--train.tie_weights", "false", "--data.folders", "a,b", "--data.folders", "c", "--finetune.tie-weights"));
        Assert.Equal(5, _bound!.Train.Steps);
        Assert.Equal(SampleSchedule.WarmupStableDecay, _bound.Train.Schedule);
        Assert.False(_bound.Train.TieWeights);
        Assert.Equal(["a", "b", "c"], _bound.Data.Folders);
        Assert.Equal(new SampleTrain { TieWeights = true }, _bound.Finetune);
    }

    [Theory]
    [InlineData("train --train.stepz 5", "unknown option \"--train.stepz\" of panorama train. Did you mean --train.steps?")]
    [InlineData("train --train.stepz=5", "Did you mean --train.steps?")]
    [InlineData("train a.yaml --train.steps x", "--train.steps is \"x\"; allowed:")]
    [InlineData("train --train.steps", "--train.steps")]
    [InlineData("train --train.steps 1 --train.steps 2", "--train.steps")]
    [InlineData("train --train.steps -5", "steps is -5; allowed: at least 1.")]
    [InlineData("train no-such.yaml", "There is no recipe no-such.yaml.")]
    [InlineData("group", "panorama group needs one of: inner.")]
    [InlineData("group inter", "unknown verb \"inter\". Did you mean inner?")]
    public async Task Wrong_usage_is_exit_code_2(string args, string expected)
    {
        string recipe = Path.Combine(Directory.CreateTempSubdirectory("panorama-cli-").FullName, "a.yaml");
        await File.WriteAllTextAsync(recipe, "", TestContext.Current.CancellationToken);
        Assert.Equal(2, await Run(args.Replace("a.yaml", recipe, StringComparison.Ordinal).Split(' ')));
        Assert.Contains(expected, _error.ToString());
        Assert.Null(_bound);
        Directory.Delete(Path.GetDirectoryName(recipe)!, recursive: true);
    }

    [Theory]
    [InlineData("input", 2, "panorama: the input\n")]
    [InlineData("job", 1, "panorama: the job\n")]
    [InlineData("stopped", 130, "panorama: saved\n")]
    [InlineData("disk", 1, "panorama: No space left on device\n")]
    [InlineData("bug", 1, "panorama: InvalidOperationException: oops This is a fault of Panorama itself; --debug shows where.\n")]
    public async Task Errors_are_one_message_and_an_exit_code(string verb, int code, string message)
    {
        Assert.Equal(code, await Run(verb));
        Assert.Equal(message, _error.ToString());
    }

    [Fact]
    public async Task Debug_adds_the_stack_trace()
    {
        Assert.Equal(1, await Run("job", "--debug"));
        Assert.Contains("at Panorama.Cli.Tests", _error.ToString());
    }

    [Fact]
    public async Task With_json_logs_go_to_standard_error()
    {
        Assert.Equal(0, await Run("train", "--json"));
        Assert.Equal("{\"ok\":true}\n", _out.ToString());
        Assert.Equal("training\n", _error.ToString());
    }

    [Fact]
    public async Task Print_config_shows_the_recipe_and_runs_nothing()
    {
        Assert.Equal(0, await Run("train", "--print-config", "--train.steps", "7"));
        Assert.Null(_bound);
        Assert.Contains("  steps: 7 # --train.steps\n", _out.ToString());
    }

    [Fact]
    public async Task Help_lists_every_setting_with_its_default()
    {
        Assert.Equal(0, await Run("train", "--help"));
        string help = _out.ToString();
        foreach (Panorama.Cli.Recipes.SettingNode leaf in Bound.Schema.Leaves())
            Assert.Contains("--" + leaf.Key + " ", help);
        Assert.Matches(@"--train\.steps <integer> +Steps to train, as SampleSettings says \[default: 100\]", help);
        Assert.Contains("Peak learning rate (per step) [default: 0.0003]", help);
        Assert.Contains("As steps, at most 42 [default: true]", help);
        Assert.Contains("train: The training loop", help);
        Assert.Contains("[default: cosine]", help);
    }

    public void Dispose()
    {
        _out.Dispose();
        _error.Dispose();
    }

    private Task<int> Run(params string[] args)
    {
        var root = new RootCommand("test")
        {
            SharedOptions.Json,
            SharedOptions.Debug,
            RecipeCommand.Create<SampleSettings>("train", "Trains", run =>
            {
                _bound = run.Settings;
                run.Context.Console.Info("training");
                return Task.FromResult(new JsonObject { ["ok"] = true });
            }),
            new Command("group", "Groups") { new VerbCommand("inner", "Does", (_, _) => Task.FromResult(new JsonObject())) },
            Failing("input", () => new InputException("the input")),
            Failing("job", () => new JobException("the job")),
            Failing("stopped", () => new StoppedException("saved")),
            Failing("disk", () => new IOException("No space left on device")),
            Failing("bug", () => new InvalidOperationException("oops")),
        };
        return CommandLineApp.RunAsync(root, args, new StandardStreams(_out, _error, OutIsTerminal: false, ErrorIsTerminal: false));
    }

    private static VerbCommand Failing(string name, Func<Exception> error) => new(name, "Fails", (_, _) => throw error());
}
