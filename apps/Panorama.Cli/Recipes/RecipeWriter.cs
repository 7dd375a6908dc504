using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Panorama.Cli.Recipes;

/// <summary>Writes settings as YAML that reads back to the same settings.</summary>
internal sealed class RecipeWriter
{
    private readonly StringBuilder _yaml = new();
    private readonly Assignments _assignments;

    private RecipeWriter(Assignments assignments) => _assignments = assignments;

    /// <summary>Writes a whole recipe.</summary>
    /// <param name="schema">The schema of <paramref name="settings"/>.</param>
    /// <param name="settings">The settings record.</param>
    /// <param name="assignments">What was written where: the comments.</param>
    public static string Write(SettingsSchema schema, object settings, Assignments assignments)
    {
        var writer = new RecipeWriter(assignments);
        writer.Section(schema, settings, 0, commented: true);
        return writer._yaml.ToString();
    }

    /// <summary>Text as a YAML scalar: plain where that is surely text, else quoted as JSON, which YAML includes.</summary>
    /// <param name="text">Any text.</param>
    public static string Quote(string text)
    {
        bool plain = text.Length > 0
            && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '/')
            && char.IsAsciiLetter(text[0])
            && text is not ("null" or "true" or "false" or "True" or "False");
        return plain ? text : JsonSerializer.Serialize(text);
    }

    private void Section(SettingsSchema schema, object record, int depth, bool commented)
    {
        foreach (SettingNode setting in schema.Children)
        {
            object? value = setting.Property.GetValue(record);
            _yaml.Append(' ', depth * 2).Append(setting.Name).Append(':');
            switch (setting)
            {
                case SectionSetting section when value is not null:
                    _yaml.Append('\n');
                    Section(section.Section, value, depth + 1, commented);
                    break;
                case ListSetting { Section: { } items } when value is IEnumerable records && records.Cast<object>().Any():
                    Comment(setting, commented);
                    foreach (object item in records)
                    {
                        int start = _yaml.Length;
                        Section(items, item, depth + 2, commented: false);
                        _yaml[start + (depth * 2) + 2] = '-';
                    }

                    break;
                default:
                    _yaml.Append(' ').Append(Inline(value));
                    Comment(setting, commented);
                    break;
            }
        }
    }

    private void Comment(SettingNode setting, bool commented)
    {
        if (commented && _assignments[setting.Key] is { } node)
            _yaml.Append(CultureInfo.InvariantCulture, $" # {Terminal.TerminalText.Shorten(node.Origin.Place, 200)}");
        _yaml.Append('\n');
    }

    private static string Inline(object? value) => value switch
    {
        string text => Quote(text),
        IEnumerable items => $"[{string.Join(", ", items.Cast<object?>().Select(Inline))}]",
        _ => SettingType.Spell(value),
    };
}
