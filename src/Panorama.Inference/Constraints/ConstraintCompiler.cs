using System.Text.Json;
using Panorama.Core.IO;
using Panorama.Inference.Constraints.Schemas;

namespace Panorama.Inference.Constraints;

/// <summary>
/// Compiles constraints on generated text for a model's vocabulary. The last few are kept, as requests tend to come with the
/// same ones. Safe for any number of threads.
/// </summary>
public sealed class ConstraintCompiler
{
    private const int Kept = 32;
    private readonly ConstraintVocabulary _vocabulary;
    private readonly ConstraintLimits _limits;
    private readonly Lock _lock = new();
    private readonly OrderedDictionary<(string Kind, string Text), TokenGrammar> _recent = [];

    /// <summary>Makes the compiler of a vocabulary.</summary>
    /// <param name="vocabulary">The model's tokens.</param>
    /// <param name="limits">What a constraint may use up.</param>
    public ConstraintCompiler(ConstraintVocabulary vocabulary, ConstraintLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        (_vocabulary, _limits) = (vocabulary, limits ?? new ConstraintLimits());
    }

    /// <summary>Text that a regular expression matches as a whole, in the syntax of ECMAScript, without looking around or back.</summary>
    /// <param name="expression">The expression.</param>
    /// <exception cref="ConstraintException">It is malformed, not supported, or too large.</exception>
    public TokenGrammar Regex(string expression)
    {
        ArgumentNullException.ThrowIfNull(expression);
        return Find("regex", expression, () =>
        {
            RegexNode node = RegexAnchors.Whole(RegexParser.Parse(expression, _limits), searches: false);
            var builder = new GrammarBuilder(_limits);
            return builder.Build(from => new RegexEmitter(builder, new PlainCharacters(builder)).Emit(from, node), depth: 2);
        });
    }

    /// <summary>A JSON value that a schema allows.</summary>
    /// <param name="schema">The schema, in the vocabulary of draft 2020-12.</param>
    /// <exception cref="ConstraintException">It is malformed, not supported, too large, or no value fits it; names the place.</exception>
    public TokenGrammar JsonSchema(JsonElement schema)
    {
        string text = schema.ValueKind == JsonValueKind.Undefined ? "" : schema.GetRawText();
        if (text.Length > _limits.TextLength)
        {
            throw new ConstraintException($"The JSON schema has {text.Length} characters; at most {_limits.TextLength} are read.");
        }

        return Find("schema", text, () =>
        {
            // Parsed anew: the caller's document may be gone when a rule is emitted, and it may name a key twice.
            using JsonDocument document = JsonFile.Parse(System.Text.Encoding.UTF8.GetBytes(text), "JSON schema");
            var builder = new GrammarBuilder(_limits);
            var compiler = new SchemaCompiler(builder, document.RootElement);
            return builder.Build(from => compiler.Emit(from, [new SchemaPart(document.RootElement, "")]), _limits.Depth + 1);
        });
    }

    /// <summary>Any JSON object.</summary>
    public TokenGrammar JsonObject() => Find("object", "", () =>
    {
        var builder = new GrammarBuilder(_limits);
        return builder.Build(new JsonGrammar(builder).AnyObject, _limits.Depth + 1);
    });

    private TokenGrammar Find(string kind, string text, Func<ByteGrammar> compile)
    {
        lock (_lock)
        {
            if (_recent.Remove((kind, text), out TokenGrammar? known))
            {
                _recent.Add((kind, text), known);
                return known;
            }
        }

        var grammar = new TokenGrammar(compile(), _vocabulary, _limits);
        lock (_lock)
        {
            _recent[(kind, text)] = grammar;
            if (_recent.Count > Kept)
            {
                _recent.RemoveAt(0);
            }
        }

        return grammar;
    }
}
