using System.Text.Json;
using Panorama.Core.Errors;
using Panorama.Inference.Constraints;

namespace Panorama.Inference.Tests.Constraints;

public sealed class JsonSchemaConstraintTests
{
    private static readonly string[] Schemas =
    [
        """{"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer"}, "ok": {"type": "boolean"}, "none": {"type": "null"}}, "required": ["name", "ok"], "additionalProperties": false}""",
        """{"type": "object", "properties": {"a": {"type": "number"}, "b": {"type": ["string", "null"]}, "c": {"type": "integer", "nullable": true}}}""",
        """{"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n", "other"], "additionalProperties": {"type": "string", "maxLength": 5}}""",
        """{"type": "object", "additionalProperties": {"type": "array", "items": {"type": "integer", "minimum": -3, "maximum": 12}, "minItems": 1, "maxItems": 3}, "minProperties": 1, "maxProperties": 2}""",
        """{"type": "array", "prefixItems": [{"type": "string"}, {"enum": ["a", "b\"c", 1, null, true, [1, {"k": "v"}]]}], "items": {"const": {"x": [1.5, "é"]}}, "minItems": 1, "maxItems": 4}""",
        """{"type": "array", "prefixItems": [{"type": "boolean"}, {"type": "null"}], "items": false}""",
        """{"type": "array", "items": {"type": "string", "minLength": 2, "maxLength": 4}, "minItems": 2, "maxItems": 5}""",
        """{"type": "string", "pattern": "^[A-Z][a-z\"\\\\]{1,5}$"}""",
        """{"type": "string", "pattern": "x\\d{2}"}""",
        """{"type": "object", "properties": {"d": {"type": "string", "format": "date"}, "t": {"type": "string", "format": "time"}, "dt": {"type": "string", "format": "date-time"}, "u": {"type": "string", "format": "uuid"}, "m": {"type": "string", "format": "email"}, "i": {"format": "ipv4"}, "j": {"format": "ipv6"}, "w": {"format": "uri"}, "h": {"format": "hostname"}}, "required": ["d", "t", "dt", "u", "m", "i", "j", "w", "h"]}""",
        """{"type": "integer", "minimum": -17, "exclusiveMaximum": 1203}""",
        """{"type": "integer", "minimum": 99.5}""",
        """{"type": "number", "minimum": 0, "maximum": 2}""",
        """{"type": "number", "exclusiveMinimum": -1.25, "exclusiveMaximum": 0.5}""",
        """{"type": "number", "exclusiveMinimum": 1000}""",
        """{"anyOf": [{"type": "integer"}, {"type": "object", "properties": {"k": {"const": "v"}}, "required": ["k"]}, {"type": "array", "items": {"type": "null"}}]}""",
        """{"oneOf": [{"type": "object", "properties": {"kind": {"const": "cat"}, "lives": {"type": "integer"}}, "required": ["kind", "lives"]}, {"type": "object", "properties": {"kind": {"const": "dog"}, "tricks": {"type": "array", "items": {"type": "string"}}}, "required": ["kind"]}]}""",
        """{"allOf": [{"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}, {"properties": {"a": {"minimum": 3, "maximum": 9}, "b": {"type": "string", "maxLength": 2}}, "required": ["b"]}]}""",
        """{"type": "object", "properties": {"x": {"type": "integer"}}, "anyOf": [{"required": ["x"]}, {"properties": {"y": {"type": "boolean"}}, "required": ["y"]}]}""",
        """{"$ref": "#/$defs/node", "$defs": {"node": {"type": "object", "properties": {"value": {"type": "integer", "minimum": 0, "maximum": 9}, "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}}, "required": ["value", "next"]}}}""",
        """{"type": "object", "properties": {"children": {"type": "array", "items": {"$ref": "#"}}, "label": {"type": "string", "maxLength": 3}}, "required": ["label"]}""",
        """{"definitions": {"a/b": {"enum": [1, 2]}, "c%": {"type": "boolean"}}, "properties": {"p": {"$ref": "#/definitions/a~1b"}, "q": {"$ref": "#/definitions/c%25", "description": "text"}}, "required": ["p", "q"], "type": "object"}""",
        """{"type": "object", "properties": {"free": {}, "also": true, "never": false}, "required": ["free"]}""",
        """{"type": "array", "items": {"type": "array", "items": {"type": "integer", "enum": [1, 22, 333]}, "minItems": 1}, "maxItems": 3}""",
        """{"oneOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/b"}, {"type": "null"}], "$defs": {"a": {"type": "object", "properties": {"t": {"enum": ["a", "A"]}, "sub": {"$ref": "#"}}, "required": ["t"]}, "b": {"type": "object", "properties": {"t": {"const": "b"}}, "required": ["t"]}}}""",
        """{"enum": ["same", "samples", "sam", 12, 123, 1.5, {"a": {"b": []}}, {}]}""",
        """{"type": "object", "properties": {"中文 \"q\"\n": {"type": "boolean"}, "": {"type": "null"}}, "required": ["中文 \"q\"\n", ""], "additionalProperties": {"type": "integer"}}""",
    ];

    [Fact]
    public void WhatIsGeneratedIsValid()
    {
        foreach (string schema in Schemas)
        {
            TokenGrammar grammar = JsonVocabulary.Schema(schema);
            using JsonDocument rules = JsonDocument.Parse(schema);
            for (int seed = 0; seed < 25; seed++)
            {
                string text = JsonVocabulary.Random(grammar, seed, 80);
                Assert.True(grammar.IsMatch(text), text);
                using JsonDocument value = JsonDocument.Parse(text);
                Assert.True(SchemaJudge.Judge(value.RootElement, rules.RootElement, rules.RootElement) is null, $"{schema}: {SchemaJudge.Judge(value.RootElement, rules.RootElement, rules.RootElement)}");
            }
        }
    }

    [Fact]
    public void WhatIsGeneratedAsAnObjectIsJson()
    {
        TokenGrammar grammar = JsonVocabulary.Compiler.JsonObject();
        for (int seed = 0; seed < 200; seed++)
        {
            using JsonDocument value = JsonDocument.Parse(JsonVocabulary.Random(grammar, seed, 100));
            Assert.Equal(JsonValueKind.Object, value.RootElement.ValueKind);
            Assert.NotNull(value.RootElement.GetRawText());
            Read(value.RootElement);
        }

        static void Read(JsonElement element)
        {
            if (element.ValueKind == JsonValueKind.String)
            {
                Assert.NotNull(element.GetString()); // throws on half a surrogate pair
            }
            else if (element.ValueKind == JsonValueKind.Array)
            {
                Assert.All(element.EnumerateArray(), Read);
            }
            else if (element.ValueKind == JsonValueKind.Object)
            {
                Assert.All(element.EnumerateObject(), static p => Read(p.Value));
            }
        }
    }

    [Theory]
    [InlineData("{}", true)]
    [InlineData("{ }", true)]
    [InlineData("""{"a": [1, -2.5e+3, "x\u00e9\n\uD83D\uDE00", true, null, {}, []]}""", true)]
    [InlineData("{\n    \"a\": 1,\n    \"b\": [\n        2\n    ]\n}", true)]
    [InlineData("""{"a":1,"b":{"c":[[[]]]}}""", true)]
    [InlineData(" {}", false)]
    [InlineData("{}\n", false)]
    [InlineData("[]", false)]
    [InlineData("""{"a": 01}""", false)]
    [InlineData("""{"a": 1.}""", false)]
    [InlineData("""{"a": .5}""", false)]
    [InlineData("""{"a": "\x"}""", false)]
    [InlineData("""{"a": "\ud800"}""", false)]
    [InlineData("""{"a":  1}""", false)]
    [InlineData("""{"a": 1,}""", false)]
    [InlineData("""{'a': 1}""", false)]
    [InlineData("{\"a\": \"\n\"}", false)]
    public void AnObjectIsAnyJsonObjectWithBoundedSpace(string text, bool isMatch) => Assert.Equal(isMatch, JsonVocabulary.Compiler.JsonObject().IsMatch(text));

    [Fact]
    public void NestingIsBoundedWithoutDeadEnds()
    {
        TokenGrammar grammar = JsonVocabulary.Compiler.JsonObject();
        string open = string.Concat(Enumerable.Repeat("{\"a\":[", 32)), close = string.Concat(Enumerable.Repeat("]}", 32));
        Assert.True(grammar.IsMatch(open + close));
        Assert.False(grammar.IsMatch(open + "[]" + close));

        // Always the deepest: what opens is taken where it can be, and the text still comes to its end.
        TokenConstraint constraint = grammar.Begin();
        string text = "";
        foreach (string part in (string[])["{\"a\":", "["])
        {
            Feed(part);
        }

        while (text.Length < 300 && Try("["))
        {
        }

        Assert.Equal(64, text.Count(static c => c is '[' or '{'));
        while (!constraint.IsComplete)
        {
            Assert.True(Try("]") || Try("}"), text);
        }

        void Feed(string part)
        {
            foreach (char c in part)
            {
                Assert.True(Try(c.ToString()));
            }
        }

        bool Try(string token)
        {
            bool taken = constraint.TryAccept(JsonVocabulary.Tokenizer.TokenToId(token)!.Value);
            text += taken ? token : "";
            return taken;
        }
    }

    [Fact]
    public void AValueIsOnlyBegunWhereItsDeepestPartStillFits()
    {
        TokenGrammar grammar = JsonVocabulary.Schema("""
            {"$ref": "#/$defs/n", "$defs": {
              "n": {"type": "object", "properties": {"next": {"anyOf": [{"$ref": "#/$defs/n"}, {"type": "null"}]}, "v": {"$ref": "#/$defs/v"}}, "required": ["next", "v"]},
              "v": {"type": "array", "items": {"type": "array", "items": {"type": "string"}, "minItems": 1}, "minItems": 1}}}
            """);
        TokenConstraint constraint = grammar.Begin();
        const string Open = "{\"next\":";
        int nested = 0;
        while (Open.All(c => constraint.TryAccept(JsonVocabulary.Tokenizer.TokenToId(c.ToString())!.Value)))
        {
            nested++;
        }

        Assert.InRange(nested, 50, 64);
        Assert.NotEmpty(JsonVocabulary.Shortest(constraint));
    }

    [Theory]
    [InlineData(-17, 1202)]
    [InlineData(0, 0)]
    [InlineData(5, 7)]
    [InlineData(99, 1001)]
    [InlineData(-250, -13)]
    [InlineData(-1, 1)]
    public void IntegersOfARangeAreExact(int least, int most)
    {
        TokenGrammar grammar = JsonVocabulary.Schema($$"""{"type": "integer", "minimum": {{least}}, "maximum": {{most}}}""");
        for (int i = -3000; i < 3000; i++)
        {
            Assert.Equal(i >= least && i <= most, grammar.IsMatch($"{i}"));
            Assert.False(grammar.IsMatch($"0{i}"));
            Assert.False(grammar.IsMatch($"{i}.0"));
        }
    }

    [Fact]
    public void LargeIntegerRangesAreExact() => Gen.Select(Gen.Long[-999_999_999_999_999_999, 999_999_999_999_999_999], Gen.Long[-999_999_999_999_999_999, 999_999_999_999_999_999], Gen.Int[0, 17], Gen.Int[-2, 2]).Sample((a, b, digits, offset) =>
    {
        long scale = (long)Math.Pow(10, digits);
        (long least, long most) = (Math.Min(a / scale, b / scale), Math.Max(a / scale, b / scale));
        TokenGrammar grammar = JsonVocabulary.Schema($$"""{"type": "integer", "minimum": {{least}}, "maximum": {{most}}}""");
        foreach (long value in (long[])[least + offset, most + offset, (least / 2) + (most / 2), 0, -least, -most])
        {
            Assert.Equal(value >= least && value <= most, grammar.IsMatch($"{value}"));
        }
    }, iter: 200);

    [Theory]
    [InlineData("""{"type": "number", "minimum": 0.25, "maximum": 2}""", "0.25|1|1.9|2|2.0|0.250001|0.3", "0.24|2.1|2.01|-1|0|0.2")]
    [InlineData("""{"type": "number", "exclusiveMinimum": -1.5, "exclusiveMaximum": 0}""", "-1.4|-1|-0.1|-1.499", "-1.5|0|0.1|-2|-1.50")]
    [InlineData("""{"type": "number", "minimum": 10}""", "10|10.5|99999|10.000001", "9|9.9|-10|1")]
    [InlineData("""{"type": "object", "properties": {"a": {}, "b": {}}, "required": ["b"]}""", """{"b": 1}|{"a":[],"b":"x"}|{ "b":{} }""", """{}|{"a": 1}|{"b": 1, "a": 2}|{"b": 1, "c": 2}""")]
    [InlineData("""{"type": "object", "properties": {"ab": {}}, "additionalProperties": true}""", """{"a": 1}|{"ab": 1}|{"abc": 1}|{"": 2}|{"ab": 1, "x": 2, "y": 3}|{"é": 1}""", """{"x": 2, "ab": 1}|{"a\u0062": 1}""")]
    [InlineData("""{"type": "array", "items": {"type": "null"}, "minItems": 2}""", "[null, null]|[null,null,null]", "[]|[null]|[null,null,]")]
    [InlineData("""{"type": "array", "maxItems": 0}""", "[]", "[null]")]
    [InlineData("""{"minLength": 1, "maxLength": 2}""", "\"a\"|\"é😀\"|\"\\n\\uD83D\\ude00\"", "\"\"|\"abc\"|1")]
    public void Texts(string schema, string fit, string unfit)
    {
        TokenGrammar grammar = JsonVocabulary.Schema(schema);
        Assert.All(fit.Split('|'), text => Assert.True(grammar.IsMatch(text), text));
        Assert.All(unfit.Split('|'), text => Assert.False(grammar.IsMatch(text), text));
    }

    [Theory]
    [InlineData("""{"not": {}}""", "'not' is not supported")]
    [InlineData("""{"properties": {"a": {"if": {}}}}""", "#/properties/a: the keyword 'if'")]
    [InlineData("""{"patternProperties": {}}""", "patternProperties")]
    [InlineData("""{"type": "array", "uniqueItems": true}""", "uniqueItems")]
    [InlineData("""{"type": "integer", "multipleOf": 5}""", "multipleOf")]
    [InlineData("""{"type": "text"}""", "'text' is not known")]
    [InlineData("""{"type": "string", "format": "iri"}""", "'iri' is not supported")]
    [InlineData("""{"$ref": "https://example.org/s"}""", "within the schema")]
    [InlineData("""{"$ref": "#/$defs/x"}""", "names nothing")]
    [InlineData("""{"$ref": "#"}""", "no finite text")]
    [InlineData("""{"allOf": [{"$ref": "#"}]}""", "no finite text")]
    [InlineData("""{"type": "object", "allOf": [{"$ref": "#"}]}""", "without end")]
    [InlineData("""{"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]}""", "no finite text")]
    [InlineData("""{"oneOf": [{"type": "integer"}, {"type": "number"}]}""", "'oneOf' has alternatives 0 and 1")]
    [InlineData("""{"oneOf": [{"properties": {"a": {}}}, {"properties": {"b": {}}}], "type": "object"}""", "may hold both")]
    [InlineData("""{"allOf": [{"type": "string"}, {"type": "integer"}]}""", "no value fits")]
    [InlineData("""{"type": "string", "minLength": 5, "maxLength": 2}""", "maxLength")]
    [InlineData("""{"type": "string", "pattern": "a", "maxLength": 2}""", "together")]
    [InlineData("""{"type": "string", "pattern": "(?=a)"}""", "looks around")]
    [InlineData("""{"type": "integer", "minimum": 5, "maximum": 4}""", "no number")]
    [InlineData("""{"type": "integer", "minimum": 1e300}""", "no number")]
    [InlineData("""{"type": "array", "minItems": 3, "maxItems": 2}""", "maxItems")]
    [InlineData("""{"type": "array", "items": false, "minItems": 1}""", "maxItems")]
    [InlineData("""{"enum": []}""", "at least one item")]
    [InlineData("""{"enum": ["a"], "type": "integer"}""", "none of the values")]
    [InlineData("""{"type": "object", "required": ["a"], "additionalProperties": false}""", "forbids it")]
    [InlineData("""{"type": "object", "properties": {"a": false}, "required": ["a"]}""", "no value fits the required property 'a'")]
    [InlineData("""{"required": "a"}""", "'required' must be a list")]
    [InlineData("""{"minItems": -1}""", "at least 0")]
    [InlineData("""[]""", "must be an object")]
    [InlineData("""{"type": "object", "type": "array"}""", "JSON schema")]
    [InlineData("""{"type": "array", "items": {"type": "string", "maxLength": 1000}, "maxItems": 1000000}""", "too large")]
    public void WhatIsNotSupportedIsRefusedByName(string schema, string part) =>
        Assert.Contains(part, Assert.ThrowsAny<InputException>(() => JsonVocabulary.Schema(schema)).Message, StringComparison.Ordinal);

    [Fact]
    public void ASchemaThatIsTooLongOrChoosesTooMuchIsRefused()
    {
        Assert.Contains("at most", Assert.Throws<ConstraintException>(() => JsonVocabulary.Schema($$"""{"description": "{{new string('x', 300_000)}}"}""")).Message, StringComparison.Ordinal);
        string choice = """{"anyOf": [{"minimum": 1}, {"minimum": 2}, {"minimum": 3}, {"minimum": 4}, {"minimum": 5}]}""";
        Assert.Contains("512 alternatives", Assert.Throws<ConstraintException>(() => JsonVocabulary.Schema($$"""{"type": "integer", "allOf": [{{string.Join(',', Enumerable.Repeat(choice, 10))}}]}""")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MutatedSchemasCompileOrAreRefused() => Gen.Select(Gen.Int[0, Schemas.Length - 1], Gen.Int[0, 400], Gen.Int[0, 8], Gen.OneOf("", "{", "}", "\"", "[", "]", ":", ",", "0", "-", "null", "true", "\"$ref\"", "\"#\"", "type")).Sample((which, at, length, inserted) =>
    {
        string schema = Schemas[which];
        at %= schema.Length;
        string mutated = schema[..at] + inserted + schema[Math.Min(at + length, schema.Length)..];
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(mutated);
        }
        catch (JsonException)
        {
            return;
        }

        using (document)
        {
            try
            {
                JsonVocabulary.Random(JsonVocabulary.Compiler.JsonSchema(document.RootElement), at, 40, finish: false);
            }
            catch (InputException)
            {
            }
        }
    }, iter: 1000);
}
