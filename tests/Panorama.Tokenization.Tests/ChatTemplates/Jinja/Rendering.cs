using System.Text.Json;
using Panorama.Tokenization.ChatTemplates.Jinja;

namespace Panorama.Tokenization.Tests.ChatTemplates.Jinja;

/// <summary>Renders templates with variables written as JSON.</summary>
internal static class Rendering
{
    public static readonly DateTimeOffset Now = new(2026, 3, 4, 15, 6, 7, TimeSpan.Zero);

    public static string Render(string template, string variables = "{}", JinjaLimits? limits = null) => RenderTracked(template, variables, limits).Value;

    public static JinjaText RenderTracked(string template, string variables = "{}", JinjaLimits? limits = null)
    {
        using JsonDocument json = JsonDocument.Parse(variables);
        var values = json.RootElement.EnumerateObject().Select(static p => KeyValuePair.Create(p.Name, JinjaJson.Read(p.Value, Origin.Unknown)));
        return JinjaTemplate.Parse(template, "test", limits).Render(values, Now).Text;
    }
}
