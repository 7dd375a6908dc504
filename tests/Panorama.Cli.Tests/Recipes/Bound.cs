using Panorama.Cli.Recipes;

namespace Panorama.Cli.Tests.Recipes;

/// <summary>Binds as a verb does, from text instead of files and the process.</summary>
internal static class Bound
{
    public static readonly SettingsSchema Schema = SettingsSchema.Of<SampleSettings>();

    private static readonly HashSet<string> ForeignSections = ["align"];

    public static ResolvedRecipe<SampleSettings> From(string yaml = "", (string Name, string Value)[]? environment = null, (string Key, string Value)[]? options = null)
    {
        var assignments = new Assignments();
        assignments.AddRecipe(Schema, YamlRecipe.Parse("a.yaml", yaml));
        assignments.AddEnvironment(Schema, (environment ?? []).Select(pair => KeyValuePair.Create(pair.Name, pair.Value)), ForeignSections);
        foreach ((string key, string value) in options ?? [])
            assignments.AddText(Schema.Leaves().Single(leaf => leaf.Key == key), value, new CommandLineOrigin("--" + key));
        return RecipeBinder.Bind<SampleSettings>(Schema, assignments);
    }

    public static string Error(string yaml = "", (string Name, string Value)[]? environment = null, (string Key, string Value)[]? options = null) =>
        Assert.ThrowsAny<Core.Errors.InputException>(() => From(yaml, environment, options)).Message;
}
