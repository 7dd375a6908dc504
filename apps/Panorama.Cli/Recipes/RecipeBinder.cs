using System.Reflection;
using Panorama.Cli.Hosting;
using Panorama.Core.Errors;

namespace Panorama.Cli.Recipes;

/// <summary>Makes a settings record from what was written in a recipe, the environment and the command line.</summary>
internal static class RecipeBinder
{
    /// <summary>Binds; init accessors validate.</summary>
    /// <typeparam name="T">The settings record.</typeparam>
    /// <param name="schema">Its schema.</param>
    /// <param name="assignments">What was written.</param>
    /// <exception cref="InputException">A value has the wrong type or is refused by the record; the message names key, value and what is allowed.</exception>
    public static ResolvedRecipe<T> Bind<T>(SettingsSchema schema, Assignments assignments)
        where T : class
    {
        object settings = schema.CreateDefault();
        Fill(schema, settings, assignments);
        return new ResolvedRecipe<T>((T)settings, schema, assignments);
    }

    private static void Fill(SettingsSchema schema, object target, Assignments assignments)
    {
        foreach (SettingNode setting in schema.Children)
        {
            if (setting is SectionSetting section)
                FillSection(section, target, assignments);
            else if (assignments[setting.Key] is { } node)
                Set(setting, target, Read(setting, node), node);
            else if (setting.Required)
                throw new InputException($"{setting.Key} is missing and has no default: give --{setting.Key}, or set it in the recipe.");
        }
    }

    private static void FillSection(SectionSetting section, object target, Assignments assignments)
    {
        if (!assignments.Any(section) && !HasRequired(section))
            return;
        if (assignments[section.Key] is { } absent)
        {
            Set(section, target, null, absent);
            return;
        }

        object value = section.Property.GetValue(target) is { } present ? RecordCopy.Of(present) : section.Section.CreateDefault();
        Fill(section.Section, value, assignments);
        section.Property.SetValue(target, value, BindingFlags.DoNotWrapExceptions, null, null, null);
    }

    private static bool HasRequired(SectionSetting section) =>
        !section.Nullable && section.Section.Children.Any(child => child.Required || (child is SectionSetting inner && HasRequired(inner)));

    private static object? Read(SettingNode setting, RecipeNode node) => (setting, node) switch
    {
        (ScalarSetting one, ScalarNode value) => Scalar(one.Type, setting.Key, value),
        (ListSetting { Type: { } type } list, ListNode many) => Items(list, many, item => item is ScalarNode value ? Scalar(type, setting.Key, value) : throw Wrong(setting, item, "single values")),
        (ListSetting { Section: { } schema } list, ListNode many) => Items(list, many, item => Record(setting, schema, item)),
        (ScalarSetting one, _) => throw Wrong(setting, node, one.Type.Allowed),
        _ => throw Wrong(setting, node, "a list: [a, b], or one item a line after a dash"),
    };

    private static Array Items(ListSetting setting, ListNode list, Func<RecipeNode, object?> read)
    {
        var items = Array.CreateInstance(setting.Item, list.Items.Count);
        for (int i = 0; i < list.Items.Count; i++)
            items.SetValue(read(list.Items[i]), i);
        return items;
    }

    private static object Record(SettingNode setting, SettingsSchema schema, RecipeNode node)
    {
        if (node is not SectionNode section)
            throw Wrong(setting, node, "sections of \"key: value\" lines");
        object record = schema.CreateDefault();
        var assignments = new Assignments();
        assignments.AddRecipe(schema, section);
        Fill(schema, record, assignments);
        return record;
    }

    private static object? Scalar(SettingType type, string key, ScalarNode node)
    {
        if (type.TryParse(node.Text, node.Quoted, out object? value))
            return value;
        string hint = NearestName.Hint(node.Text, type.Names);
        throw new InputException($"{node.Origin.Name(key)} is \"{Terminal.TerminalText.Shorten(node.Text, 80)}\"; allowed: {type.Allowed}.{hint}");
    }

    private static void Set(SettingNode setting, object target, object? value, RecipeNode node)
    {
        try
        {
            setting.Property.SetValue(target, value, BindingFlags.DoNotWrapExceptions, null, null, null);
        }
        catch (InputException error)
        {
            throw new InputException($"{node.Origin.Name(setting.Key)}: {error.Message}", error);
        }
    }

    private static InputException Wrong(SettingNode setting, RecipeNode node, string allowed) =>
        new($"{node.Origin.Name(setting.Key)} is a {(node is ListNode ? "list" : node is SectionNode ? "section" : "single value")}; allowed: {allowed}.");
}
