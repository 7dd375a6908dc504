using Panorama.Cli.Hosting;
using Panorama.Core.Errors;

namespace Panorama.Cli.Recipes;

/// <summary>
/// Which settings were written where. A later source replaces the values of an earlier one:
/// recipe, then environment, then command line.
/// </summary>
internal sealed class Assignments
{
    private readonly Dictionary<string, RecipeNode> _values = new(StringComparer.Ordinal);

    /// <summary>The value written for a key, or <see langword="null"/>.</summary>
    /// <param name="key">The dotted key.</param>
    public RecipeNode? this[string key] => _values.GetValueOrDefault(key);

    /// <summary>Whether anything in a section was written.</summary>
    /// <param name="section">The section.</param>
    public bool Any(SectionSetting section) =>
        _values.ContainsKey(section.Key) || section.Section.Children.Any(child => child is SectionSetting inner ? Any(inner) : _values.ContainsKey(child.Key));

    /// <summary>Adds a recipe.</summary>
    /// <param name="schema">What may be written.</param>
    /// <param name="recipe">What was written.</param>
    /// <exception cref="InputException">A key is unknown, or a section was given where a value belongs.</exception>
    public void AddRecipe(SettingsSchema schema, SectionNode recipe)
    {
        foreach ((string name, RecipeNode value) in recipe.Entries)
        {
            SettingNode setting = schema.Children.FirstOrDefault(child => child.Name == name)
                ?? throw Unknown(schema, name, value.Origin);
            if (setting is not SectionSetting section)
                _values[setting.Key] = value;
            else if (value is SectionNode inner)
                AddRecipe(section.Section, inner);
            else if (value is ScalarNode { IsNull: true })
                AddNullSection(section, value);
            else
                throw new InputException($"{value.Origin.Name(setting.Key)} is a section; write its keys below it: {Names(section.Section)}.");
        }
    }

    /// <summary>Adds the variables of an environment that name settings.</summary>
    /// <param name="schema">What may be written.</param>
    /// <param name="environment">Names and values.</param>
    /// <param name="foreignSections">Sections of other verbs, whose variables may stand beside ours.</param>
    /// <exception cref="InputException">A variable names a setting that does not exist.</exception>
    public void AddEnvironment(SettingsSchema schema, IEnumerable<KeyValuePair<string, string>> environment, IReadOnlySet<string> foreignSections)
    {
        Dictionary<string, SettingNode> byVariable = schema.Leaves().ToDictionary(leaf => new EnvironmentOrigin("").Spell(leaf.Key), StringComparer.OrdinalIgnoreCase);
        foreach ((string variable, string value) in environment.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (!variable.StartsWith(EnvironmentOrigin.Prefix, StringComparison.OrdinalIgnoreCase))
                continue;
            if (byVariable.TryGetValue(variable, out SettingNode? setting))
            {
                AddText(setting, value, new EnvironmentOrigin(variable));
                continue;
            }

            // Variables without a section (PANORAMA_LIBTORCH) belong to other parts of the program.
            string key = variable[EnvironmentOrigin.Prefix.Length..].ToLowerInvariant();
            int section = key.IndexOf("__", StringComparison.Ordinal);
            if (section > 0 && !foreignSections.Contains(key[..section]))
                throw new InputException($"{variable}: there is no such setting.{NearestName.Hint(variable.ToUpperInvariant(), byVariable.Keys)} Unset it, or see --help for all settings.");
        }
    }

    /// <summary>Adds a value from the command line or the environment.</summary>
    /// <param name="setting">The setting.</param>
    /// <param name="text">The value; the items of a list are separated by commas.</param>
    /// <param name="origin">Where it was written.</param>
    public void AddText(SettingNode setting, string text, Origin origin) =>
        _values[setting.Key] = setting is ListSetting
            ? new ListNode([.. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(item => new ScalarNode(item, true, origin))], origin)
            : new ScalarNode(text, Quoted: false, origin);

    /// <summary>The error for a key that is not in a section.</summary>
    /// <param name="schema">The section.</param>
    /// <param name="name">What was written.</param>
    /// <param name="origin">Where.</param>
    public static InputException Unknown(SettingsSchema schema, string name, Origin origin) =>
        new($"{origin.Place}: unknown key \"{Terminal.TerminalText.Shorten(name, 80)}\".{NearestName.Hint(name, schema.Children.Select(child => child.Name))} Keys here: {Names(schema)}.");

    private static string Names(SettingsSchema schema) => string.Join(", ", schema.Children.Select(child => child.Name));

    // "section:" with nothing below: absent if it may be, else untouched.
    private void AddNullSection(SectionSetting section, RecipeNode value)
    {
        if (section.Nullable)
            _values[section.Key] = value;
    }
}
