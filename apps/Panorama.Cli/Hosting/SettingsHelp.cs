using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Panorama.Cli.Recipes;

namespace Panorama.Cli.Hosting;

/// <summary>The help of a verb with a recipe: the usual text, then every setting with type, unit, default and meaning.</summary>
/// <param name="schema">The settings of the verb.</param>
internal sealed class SettingsHelp(SettingsSchema schema) : SynchronousCommandLineAction
{
    /// <summary>The help option of a verb.</summary>
    /// <param name="schema">Its settings.</param>
    public static HelpOption OptionFor(SettingsSchema schema) => new() { Action = new SettingsHelp(schema) };

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        int code = new HelpAction().Invoke(parseResult);
        TextWriter writer = parseResult.InvocationConfiguration.Output;
        writer.WriteLine("Settings (--section.key VALUE; in a recipe \"section:\" and \"key: VALUE\" below it; or PANORAMA_SECTION__KEY in the environment):");
        Write(writer, schema, schema.CreateDefault(), new SettingDescriptions());
        return code;
    }

    private static void Write(TextWriter writer, SettingsSchema section, object? values, SettingDescriptions descriptions)
    {
        foreach (SettingNode setting in section.Children)
        {
            object? value = values is null ? null : setting.Property.GetValue(values);
            if (setting is SectionSetting inner)
            {
                writer.WriteLine();
                writer.WriteLine($"  {inner.Key}: {descriptions.Of(inner.Property)}");
                Write(writer, inner.Section, value ?? (inner.Nullable ? inner.Section.CreateDefault() : null), descriptions);
                continue;
            }

            writer.WriteLine($"  {"--" + setting.Key + " " + Word(setting),-44} {descriptions.Of(setting.Property)} [{Default(setting, value)}]");
        }
    }

    private static string Word(SettingNode setting) => setting switch
    {
        ScalarSetting one => $"<{one.Type.Word}>",
        ListSetting { Type: { } type } => $"<{type.Word},…>",
        _ => "<list in the recipe>",
    };

    private static string Default(SettingNode setting, object? value)
    {
        if (setting.Required)
            return "required";
        string text = value switch
        {
            null => "none",
            string one => one,
            System.Collections.IEnumerable items => string.Join(',', items.Cast<object?>().Select(SettingType.Spell)),
            _ => SettingType.Spell(value),
        };
        return $"default: {(text.Length > 0 ? text : "empty")}";
    }
}
