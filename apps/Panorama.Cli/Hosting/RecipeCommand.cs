using System.CommandLine;
using System.Text.Json.Nodes;
using Panorama.Cli.Recipes;

namespace Panorama.Cli.Hosting;

/// <summary>A run described by a recipe.</summary>
/// <typeparam name="T">The settings record of the verb.</typeparam>
/// <param name="Recipe">The resolved settings and where they came from.</param>
/// <param name="Out">The folder given by <c>--out</c>, if any.</param>
/// <param name="Fresh">Whether <c>--fresh</c> was given.</param>
/// <param name="Context">Console and cancellation.</param>
internal sealed record RecipeRun<T>(ResolvedRecipe<T> Recipe, string? Out, bool Fresh, VerbContext Context)
    where T : class
{
    /// <summary>The settings.</summary>
    public T Settings => Recipe.Settings;
}

/// <summary>Makes verbs that are configured by a settings record: recipe, environment and options, all from its properties.</summary>
internal static class RecipeCommand
{
    /// <summary>Makes a verb <c>NAME [RECIPE] [--section.key value …]</c>.</summary>
    /// <typeparam name="T">The settings record; its public init properties become settings.</typeparam>
    /// <param name="name">The name on the command line.</param>
    /// <param name="description">One line for the help.</param>
    /// <param name="run">The work; returns what <c>--json</c> prints.</param>
    /// <param name="resumes">Whether the verb goes on with an earlier run, so that <c>--fresh</c> has a meaning.</param>
    public static VerbCommand Create<T>(string name, string description, Func<RecipeRun<T>, Task<JsonObject>> run, bool resumes = false)
        where T : class
    {
        var schema = SettingsSchema.Of<T>();
        var recipe = new Argument<string?>("RECIPE") { Description = "A YAML file of settings", Arity = ArgumentArity.ZeroOrOne };
        List<(SettingNode Setting, Option Option)> options = [.. schema.Leaves()
            .Where(leaf => leaf is not ListSetting { Type: null })
            .Select(leaf => (leaf, OptionOf(leaf)))];

        var command = new VerbCommand(name, description, async (parsed, context) =>
        {
            ResolvedRecipe<T> resolved = Resolve<T>(schema, parsed, parsed.GetValue(recipe), options);
            if (!parsed.GetValue(SharedOptions.PrintConfig))
                return await run(new RecipeRun<T>(resolved, parsed.GetValue(SharedOptions.Out), resumes && parsed.GetValue(SharedOptions.Fresh), context));
            if (!context.Json)
                context.Console.Write(resolved.ToYaml());
            return resolved.ToJson();
        })
        {
            recipe,
            SharedOptions.Out,
            SharedOptions.PrintConfig,
        };
        if (resumes)
            command.Options.Add(SharedOptions.Fresh);
        command.Sections = [.. schema.Children.OfType<SectionSetting>().Select(section => section.Name)];
        foreach ((_, Option option) in options)
            command.Options.Add(option);
        command.Options.Add(SettingsHelp.OptionFor(schema));
        return command;
    }

    private static ResolvedRecipe<T> Resolve<T>(SettingsSchema schema, ParseResult parsed, string? recipe, List<(SettingNode Setting, Option Option)> options)
        where T : class
    {
        var assignments = new Assignments();
        if (recipe is not null)
            assignments.AddRecipe(schema, YamlRecipe.Load(recipe));
        assignments.AddEnvironment(schema, Environment(), ForeignSections(parsed));
        foreach ((SettingNode setting, Option option) in options)
        {
            if (parsed.GetResult(option) is not { Implicit: false } given)
                continue;
            string text = given.Tokens.Count == 0 ? "true" : string.Join(',', given.Tokens.Select(token => token.Value));
            assignments.AddText(setting, text, new CommandLineOrigin(option.Name));
        }

        return RecipeBinder.Bind<T>(schema, assignments);
    }

    private static IEnumerable<KeyValuePair<string, string>> Environment() =>
        System.Environment.GetEnvironmentVariables()
            .Cast<System.Collections.DictionaryEntry>()
            .Select(entry => new KeyValuePair<string, string>((string)entry.Key, (string?)entry.Value ?? ""));

    private static HashSet<string> ForeignSections(ParseResult parsed)
    {
        HashSet<string> sections = new(StringComparer.OrdinalIgnoreCase);
        Collect(parsed.RootCommandResult.Command, sections);
        sections.ExceptWith(((VerbCommand)parsed.CommandResult.Command).Sections);
        return sections;
    }

    private static void Collect(Command command, HashSet<string> sections)
    {
        if (command is VerbCommand verb)
            sections.UnionWith(verb.Sections);
        foreach (Command child in command.Subcommands)
            Collect(child, sections);
    }

    // Values stay text here: the binder reads them, with one set of messages for all three sources.
    private static Option OptionOf(SettingNode setting)
    {
        string name = "--" + setting.Key;
        string[] aliases = setting.Key.Contains('_', StringComparison.Ordinal) ? [name.Replace('_', '-')] : []; // as other options are spelled
        return setting switch
        {
            ScalarSetting { Type.Clr: var type } when type == typeof(bool) => new Option<bool?>(name, aliases) { Hidden = true },
            ListSetting => new Option<string[]>(name, aliases) { Hidden = true },
            _ => new Option<string?>(name, aliases) { Hidden = true },
        };
    }
}
