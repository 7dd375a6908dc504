using System.Reflection;

namespace Panorama.Cli.Recipes;

/// <summary>What all settings have.</summary>
/// <param name="Key">The dotted key from the root, in snake_case.</param>
/// <param name="Property">The property of the settings record.</param>
/// <param name="Required">Whether there is no default.</param>
internal sealed record SettingFacts(string Key, PropertyInfo Property, bool Required);

/// <summary>A property of a settings record, as recipes know it.</summary>
/// <param name="Facts">What all settings have.</param>
internal abstract record SettingNode(SettingFacts Facts)
{
    /// <summary>The dotted key from the root.</summary>
    public string Key => Facts.Key;

    /// <summary>The name inside its section.</summary>
    public string Name => Key[(Key.LastIndexOf('.') + 1)..];

    /// <summary>The property of the settings record.</summary>
    public PropertyInfo Property => Facts.Property;

    /// <summary>Whether there is no default.</summary>
    public bool Required => Facts.Required;
}

/// <summary>A single value.</summary>
/// <param name="Facts">What all settings have.</param>
/// <param name="Type">What it may be.</param>
internal sealed record ScalarSetting(SettingFacts Facts, SettingType Type) : SettingNode(Facts);

/// <summary>A list of scalars or of records.</summary>
/// <param name="Facts">What all settings have.</param>
/// <param name="Item">The type of the items in the code.</param>
/// <param name="Type">What an item may be, if it is a scalar.</param>
/// <param name="Section">The schema of an item, if it is a record.</param>
internal sealed record ListSetting(SettingFacts Facts, Type Item, SettingType? Type, SettingsSchema? Section) : SettingNode(Facts);

/// <summary>A record of settings.</summary>
/// <param name="Facts">What all settings have.</param>
/// <param name="Section">The settings in it.</param>
/// <param name="Nullable">Whether it may be absent.</param>
internal sealed record SectionSetting(SettingFacts Facts, SettingsSchema Section, bool Nullable) : SettingNode(Facts);
