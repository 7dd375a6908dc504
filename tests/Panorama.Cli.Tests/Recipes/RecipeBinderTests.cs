namespace Panorama.Cli.Tests.Recipes;

public sealed class RecipeBinderTests
{
    [Fact]
    public void Nothing_written_gives_the_defaults() => Assert.Equivalent(new SampleSettings(), Bound.From().Settings, strict: true);

    [Fact]
    public void Every_kind_of_value_binds()
    {
        SampleSettings settings = Bound.From("""
            name: "null"   # quoted: text
            train:
              steps: 1_000
              learning_rate: 1e-3
              schedule: warmup_stable_decay
              tie_weights: false
              stop_at: 30
            data:
              folders: [a, "b,c"]
              sources:
                - path: one
                - path: two
                  weight: 0.5
              seed: 18446744073709551615
              licence: ~
            finetune:
              steps: 5
            """).Settings;

        Assert.Equal("null", settings.Name);
        Assert.Equal(new SampleTrain { Steps = 1000, LearningRate = 1e-3, Schedule = SampleSchedule.WarmupStableDecay, TieWeights = false, StopAt = 30 }, settings.Train);
        Assert.Equal(["a", "b,c"], settings.Data.Folders);
        Assert.Equal([new SampleSource { Path = "one" }, new SampleSource { Path = "two", Weight = 0.5f }], settings.Data.Sources);
        Assert.Equal(ulong.MaxValue, settings.Data.Seed);
        Assert.Null(settings.Data.Licence);
        Assert.Equal(new SampleTrain { Steps = 5 }, settings.Finetune);
    }

    [Fact]
    public void The_command_line_beats_the_environment_beats_the_recipe_beats_the_default()
    {
        const string Yaml = "train: {steps: 2, learning_rate: 2, stop_at: 2}";
        (string, string)[] environment = [("PANORAMA_TRAIN__STEPS", "3"), ("PANORAMA_TRAIN__LEARNING_RATE", "3"), ("PATH", "x")];
        SampleTrain train = Bound.From(Yaml, environment, [("train.steps", "4")]).Settings.Train;
        Assert.Equal(new SampleTrain { Steps = 4, LearningRate = 3, StopAt = 2 }, train);
    }

    [Fact]
    public void A_later_source_can_take_a_value_back() =>
        Assert.Null(Bound.From("train: {stop_at: 5}", options: [("train.stop_at", "null")]).Settings.Train.StopAt);

    [Fact]
    public void Lists_are_written_with_commas_outside_the_recipe() =>
        Assert.Equal(["x", "y"], Bound.From("data: {folders: [z]}", options: [("data.folders", "x, y")]).Settings.Data.Folders);

    [Theory]
    [InlineData("train:\n  stepz: 5", "a.yaml:2: unknown key \"stepz\". Did you mean steps?")]
    [InlineData("trian:\n  steps: 5", "a.yaml:2: unknown key \"trian\". Did you mean train?")]
    [InlineData("train:\n  steps: many", "a.yaml:2: train.steps is \"many\"; allowed: a whole number from -2147483648 to 2147483647.")]
    [InlineData("train:\n  steps: 3000000000", "a.yaml:2: train.steps is \"3000000000\"; allowed: a whole number")]
    [InlineData("train:\n  steps: 0", "a.yaml:2: train.steps: steps is 0; allowed: at least 1.")]
    [InlineData("train:\n  steps:", "a.yaml:2: train.steps is \"\"; allowed: a whole number")]
    [InlineData("train:\n  steps: [1]", "a.yaml:2: train.steps is a list; allowed: a whole number")]
    [InlineData("train:\n  learning_rate: .inf", "a.yaml:2: train.learning_rate is \".inf\"; allowed: a number.")]
    [InlineData("train:\n  schedule: cosin", "allowed: cosine, warmup_stable_decay. Did you mean cosine?")]
    [InlineData("train: 5", "a.yaml:1: train is a section; write its keys below it: steps, learning_rate,")]
    [InlineData("data:\n  folders: a", "a.yaml:2: data.folders is a single value; allowed: a list")]
    [InlineData("data:\n  sources: [a]", "a.yaml:2: data.sources is a single value; allowed: sections")]
    [InlineData("data:\n  sources:\n    - weight: 1", "data.sources.path is missing and has no default")]
    [InlineData("data:\n  sources:\n    - path: a\n      wieght: 1", "a.yaml:4: unknown key \"wieght\". Did you mean weight?")]
    public void A_mistake_in_the_recipe_is_named_with_its_place(string yaml, string expected) => Assert.Contains(expected, Bound.Error(yaml));

    [Fact]
    public void Mistakes_elsewhere_name_the_variable_or_the_option()
    {
        Assert.StartsWith("PANORAMA_TRAIN__STEPS is \"x\"; allowed:", Bound.Error(environment: [("PANORAMA_TRAIN__STEPS", "x")]));
        Assert.StartsWith("--train.steps: steps is -1; allowed: at least 1.", Bound.Error(options: [("train.steps", "-1")]));
        Assert.Contains("Did you mean PANORAMA_TRAIN__STEPS?", Bound.Error(environment: [("PANORAMA_TRAIN__STEPZ", "1")]));
    }

    [Fact]
    public void Variables_of_other_verbs_and_parts_are_left_alone() =>
        Bound.From(environment: [("PANORAMA_ALIGN__BETA", "1"), ("PANORAMA_LIBTORCH", "/opt")]);

    [Fact]
    public void Binding_does_not_write_to_shared_defaults()
    {
        SampleSettings changed = Bound.From("train: {steps: 5}").Settings;
        Assert.Equal(5, changed.Train.Steps);
        Assert.Equal(100, Bound.From().Settings.Train.Steps);
    }

    [Fact]
    public void Json_holds_every_setting_with_its_recipe_name()
    {
        string json = Bound.From("data: {sources: [{path: p}]}").ToJson().ToJsonString();
        Assert.Equal("""{"name":"sample","train":{"steps":100,"learning_rate":0.0003,"schedule":"cosine","tie_weights":true,"stop_at":null},"data":{"folders":["docs"],"sources":[{"path":"p","weight":1}],"seed":7,"licence":null},"finetune":null}""", json);
    }
}
