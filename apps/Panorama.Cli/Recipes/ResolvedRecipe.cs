using System.Collections;
using System.Text.Json.Nodes;

namespace Panorama.Cli.Recipes;

/// <summary>Settings ready for use, with the place each value came from.</summary>
/// <typeparam name="T">The settings record.</typeparam>
/// <param name="settings">The bound settings.</param>
/// <param name="schema">Its schema.</param>
/// <param name="assignments">What was written where.</param>
internal sealed class ResolvedRecipe<T>(T settings, SettingsSchema schema, Assignments assignments)
    where T : class
{
    /// <summary>The bound settings.</summary>
    public T Settings => settings;

    /// <summary>Every setting as JSON, defaults included: the identity of a run.</summary>
    public JsonObject ToJson() => Section(schema, settings);

    /// <summary>Every setting as a recipe that binds to the same values; a comment says where a value that is no default was written.</summary>
    public string ToYaml() => RecipeWriter.Write(schema, settings, assignments);

    private static JsonObject Section(SettingsSchema schema, object record)
    {
        var json = new JsonObject();
        foreach (SettingNode setting in schema.Children)
            json[setting.Name] = Value(setting, setting.Property.GetValue(record));
        return json;
    }

    private static JsonNode? Value(SettingNode setting, object? value) => (setting, value) switch
    {
        (_, null) => null,
        (SectionSetting section, _) => Section(section.Section, value),
        (ListSetting { Section: { } schema }, IEnumerable items) => new JsonArray([.. items.Cast<object>().Select(item => (JsonNode?)Section(schema, item))]),
        (ListSetting, IEnumerable items) => new JsonArray([.. items.Cast<object?>().Select(SettingType.ToJson)]),
        _ => SettingType.ToJson(value),
    };
}
