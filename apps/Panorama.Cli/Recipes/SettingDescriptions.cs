using System.Reflection;
using System.Text;
using System.Xml.Linq;
using Panorama.Core.Configuration;

namespace Panorama.Cli.Recipes;

/// <summary>
/// What settings mean: their <see cref="SettingAttribute"/>, or else the XML documentation that the compiler leaves
/// beside each assembly, so that the help says what a reader of the code sees.
/// </summary>
internal sealed class SettingDescriptions
{
    private readonly Dictionary<Assembly, Dictionary<string, string>> _summaries = [];

    /// <summary>The meaning of a setting in one line, with its unit; empty if nobody wrote it down.</summary>
    /// <param name="property">The property of a settings record.</param>
    public string Of(PropertyInfo property)
    {
        if (property.GetCustomAttribute<SettingAttribute>() is { } setting)
            return setting.Description.TrimEnd('.') + (setting.Unit.Length > 0 ? $" ({setting.Unit})" : "");
        Assembly assembly = property.DeclaringType!.Assembly;
        if (!_summaries.TryGetValue(assembly, out Dictionary<string, string>? summaries))
            _summaries[assembly] = summaries = Load(assembly);
        return summaries.GetValueOrDefault($"P:{property.DeclaringType.FullName}.{property.Name}", "");
    }

    private static Dictionary<string, string> Load(Assembly assembly)
    {
        string file = Path.ChangeExtension(assembly.Location, ".xml");
        if (!File.Exists(file))
            return [];
        var summaries = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (XElement member in XDocument.Load(file).Descendants("member"))
        {
            if (member.Attribute("name")?.Value is ['P', ..] name && member.Element("summary") is { } summary)
                summaries[name] = OneLine(summary, assembly);
        }

        return summaries;
    }

    private static string OneLine(XElement summary, Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (XNode node in summary.DescendantNodes())
        {
            if (node is XText words)
                text.Append(words.Value);
            else if (node is XElement { IsEmpty: true } reference && reference.Attributes().FirstOrDefault() is { } target)
                text.Append(Shown(target.Value, assembly));
        }

        return string.Join(' ', text.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).TrimEnd('.');
    }

    // A reference as a user knows it: a constant by its value, a setting by its key, anything else by its name.
    private static string Shown(string reference, Assembly assembly)
    {
        int dot = reference.LastIndexOf('.');
        string name = reference[(Math.Max(dot, reference.IndexOf(':')) + 1)..];
        return reference[0] switch
        {
            'F' when assembly.GetType(reference[2..dot])?.GetField(name) is { IsLiteral: true } constant => SettingType.Spell(constant.GetRawConstantValue()),
            'P' => SettingName.Snake(name),
            _ => name,
        };
    }
}
