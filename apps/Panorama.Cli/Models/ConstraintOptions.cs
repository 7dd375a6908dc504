using System.CommandLine;
using System.Text.Json;
using Panorama.Core.Errors;
using Panorama.Core.IO;
using Panorama.Inference;
using Panorama.Inference.Constraints;

namespace Panorama.Cli.Models;

/// <summary>The options that say what generated text must meet.</summary>
internal sealed class ConstraintOptions
{
    private readonly Option<string?> _schema = new("--json-schema") { Description = "File with a JSON schema that the output satisfies", HelpName = "FILE" };
    private readonly Option<string?> _regex = new("--regex") { Description = "Regular expression that the output matches as a whole", HelpName = "EXPRESSION" };
    private readonly Option<bool> _object = new("--json-object") { Description = "The output is a JSON object" };

    /// <summary>Adds the options to a verb.</summary>
    /// <param name="command">The verb.</param>
    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _schema, _regex, _object })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The constraint asked for, or null.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="generator">Compiles it for its tokenizer.</param>
    /// <exception cref="InputException">More than one is asked for, or it cannot be used.</exception>
    public TokenGrammar? Read(ParseResult parsed, TextGenerator generator)
    {
        (string? schema, string? regex, bool isObject) = (parsed.GetValue(_schema), parsed.GetValue(_regex), parsed.GetValue(_object));
        if ((schema is null ? 0 : 1) + (regex is null ? 0 : 1) + (isObject ? 1 : 0) > 1)
        {
            throw new InputException("--json-schema, --regex and --json-object exclude each other; give one.");
        }

        if (schema is not null)
        {
            using JsonDocument document = JsonFile.Read(schema);
            return generator.Constraints.JsonSchema(document.RootElement);
        }

        return regex is not null ? generator.Constraints.Regex(regex) : isObject ? generator.Constraints.JsonObject() : null;
    }
}
