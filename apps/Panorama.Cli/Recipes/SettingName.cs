using System.Text.Json;

namespace Panorama.Cli.Recipes;

/// <summary>How the names of the code appear in recipes.</summary>
internal static class SettingName
{
    /// <summary><c>StopAt</c> becomes <c>stop_at</c>.</summary>
    /// <param name="name">A name in the code.</param>
    public static string Snake(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    /// <summary>The key of a setting inside a section; the root section has the empty key.</summary>
    /// <param name="section">The key of the section.</param>
    /// <param name="name">The name inside the section.</param>
    public static string Join(string section, string name) => section.Length == 0 ? name : $"{section}.{name}";
}
