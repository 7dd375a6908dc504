using System.Text.Json;

namespace Panorama.Inference.Constraints.Schemas;

/// <summary>A schema with its place in the document.</summary>
/// <param name="Element">The schema: an object, true or false.</param>
/// <param name="Path">A JSON pointer to it.</param>
internal readonly record struct SchemaPart(JsonElement Element, string Path)
{
    /// <summary>A schema within this one.</summary>
    public SchemaPart At(JsonElement element, string name) => new(element, $"{Path}/{name}");

    /// <summary>An error at this place.</summary>
    /// <param name="what">What is wrong.</param>
    public ConstraintException Fail(string what) => new($"JSON schema at {(Path.Length == 0 ? "#" : "#" + Path)}: {what}.");
}
