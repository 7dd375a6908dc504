using Panorama.Cli.Recipes;

namespace Panorama.Cli.Tests.Recipes;

public sealed class RecipeWriterTests
{
    // Text that a careless writer would turn into something else.
    private static readonly string[] Awkward =
        ["null", "~", "true", "1e3", "", " a", "a: b", "# c", "- d", "'", "\"", "é", "😀", "\\", "0x1F", "2020-01-01"];

    [Fact]
    public void A_printed_recipe_says_where_values_came_from()
    {
        string yaml = Bound.From("train:\n  steps: 5", [("PANORAMA_DATA__SEED", "9")], [("name", "run one")]).ToYaml();
        Assert.Equal("""
            name: "run one" # --name
            train:
              steps: 5 # a.yaml:2
              learning_rate: 0.0003
              schedule: cosine
              tie_weights: true
              stop_at: null
            data:
              folders: [docs]
              sources: []
              seed: 9 # PANORAMA_DATA__SEED
              licence: null
            finetune: null

            """, yaml);
    }

    [Fact]
    public void A_printed_recipe_binds_to_the_same_settings()
    {
        Gen<string> text = Gen.OneOf(Gen.String[Gen.Char['\u0001', '\ud7ff'], 0, 12], Gen.Int[0, Awkward.Length - 1].Select(i => Awkward[i]));
        Gen<SampleTrain> train =
            from steps in Gen.Int[1, int.MaxValue]
            from rate in Gen.Double.Where(double.IsFinite)
            from schedule in Gen.Enum<SampleSchedule>()
            from tie in Gen.Bool
            from stop in Gen.Int.Nullable()
            select new SampleTrain { Steps = steps, LearningRate = rate, Schedule = schedule, TieWeights = tie, StopAt = stop };
        Gen<SampleSource> source = from path in text from weight in Gen.Float.Where(float.IsFinite) select new SampleSource { Path = path, Weight = weight };
        Gen<SampleSettings> settings =
            from name in text
            from one in train
            from other in train.Null()
            from folders in text.Array[0, 4]
            from sources in source.Array[0, 3]
            from seed in Gen.ULong
            from licence in text.Null()
            select new SampleSettings { Name = name, Train = one, Finetune = other, Data = new SampleData { Folders = folders, Sources = sources, Seed = seed, Licence = licence } };

        settings.Sample(expected =>
        {
            string yaml = RecipeWriter.Write(Bound.Schema, expected, new Assignments());
            SampleSettings actual = Bound.From(yaml).Settings;
            Assert.Equal(expected.Train, actual.Train);
            Assert.Equal(expected.Finetune, actual.Finetune);
            Assert.Equal(expected.Name, actual.Name);
            Assert.Equal(expected.Data.Folders, actual.Data.Folders);
            Assert.Equal(expected.Data.Sources, actual.Data.Sources);
            Assert.Equal((expected.Data.Seed, expected.Data.Licence), (actual.Data.Seed, actual.Data.Licence));
        }, iter: 2000);
    }
}
