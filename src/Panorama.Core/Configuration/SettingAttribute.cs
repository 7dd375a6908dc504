namespace Panorama.Core.Configuration;

/// <summary>
/// Describes one setting of a recipe for help texts. Settings records live beside the code they configure;
/// the command line binds and prints them.
/// </summary>
/// <param name="description">What the setting does, in one line, with the origin of its default if it has one.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SettingAttribute(string description) : Attribute
{
    /// <summary>What the setting does.</summary>
    public string Description { get; } = description;

    /// <summary>The unit of the value, for example <c>tokens</c>; empty if it has none.</summary>
    public string Unit { get; init; } = "";
}
