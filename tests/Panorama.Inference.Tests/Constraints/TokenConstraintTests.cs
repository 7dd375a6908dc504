using Panorama.Core.Errors;
using Panorama.Core.Models;
using Panorama.Inference.Constraints;
using Panorama.Inference.Engine;
using Panorama.Inference.Sampling;
using Panorama.Tokenization;

namespace Panorama.Inference.Tests.Constraints;

public sealed class TokenConstraintTests
{
    private const string Nested = """
        {"type": "object", "properties": {
          "name": {"type": "string"}, "note": {"type": "string", "maxLength": 400}, "code": {"type": "string", "pattern": "^[a-z\"]{1,300}$"},
          "count": {"type": "integer", "minimum": -12, "maximum": 3456}, "list": {"type": "array", "items": {"type": "string", "maxLength": 250}, "maxItems": 300},
          "tree": {"$ref": "#/$defs/tree"}}, "required": ["name", "tree"], "additionalProperties": {"type": "boolean"},
         "$defs": {"tree": {"type": "object", "properties": {"v": {"enum": ["ab", "abc", 1, 1.5, null, ["ab", {"k": "über"}]]}, "kids": {"type": "array", "items": {"$ref": "#/$defs/tree"}}}, "required": ["v"]}}}
        """;

    [Fact]
    public void MasksAreThoseOfTryingEveryToken()
    {
        TokenGrammar[] grammars = [JsonVocabulary.Schema(Nested), JsonVocabulary.Compiler.JsonObject(), JsonVocabulary.Compiler.Regex("(\"[^\"]{0,500}\",? ?)+|[a-z ]{200,}é"), JsonVocabulary.Compiler.Regex("[0-9a-f]{300,600}")];
        for (int seed = 0; seed < 12; seed++)
        {
            foreach (TokenGrammar grammar in grammars)
            {
                var random = new Random(seed);
                TokenConstraint constraint = grammar.Begin();
                for (int step = 0; step < 120 && !constraint.IsComplete; step++)
                {
                    int[] allowed = JsonVocabulary.Ids(constraint.Allowed);
                    int[] expected = [.. Enumerable.Range(0, JsonVocabulary.Tokenizer.VocabularySize).Where(id => constraint.Fork().TryAccept(id))];
                    Assert.True(expected.AsSpan().SequenceEqual(allowed), $"seed {seed}, step {step}: {string.Join(' ', expected.Except(allowed).Select(JsonVocabulary.Tokenizer.IdToToken))} | {string.Join(' ', allowed.Except(expected).Select(JsonVocabulary.Tokenizer.IdToToken))}");
                    int[] going = [.. allowed.Where(static id => id != JsonVocabulary.End)];
                    if (going.Length == 0)
                    {
                        break;
                    }

                    constraint.Accept(random.GetItems(going, 1)[0]);
                }
            }
        }
    }

    [Fact]
    public void StatesThatAreForgottenAreMadeAgain()
    {
        var compiler = new ConstraintCompiler(JsonVocabulary.Vocabulary, new ConstraintLimits { States = 20, MaskBytes = 1000 });
        using System.Text.Json.JsonDocument schema = System.Text.Json.JsonDocument.Parse(Nested);
        TokenGrammar small = compiler.JsonSchema(schema.RootElement), large = JsonVocabulary.Schema(Nested);
        for (int seed = 0; seed < 5; seed++)
        {
            var random = new Random(seed);
            (TokenConstraint a, TokenConstraint b) = (small.Begin(), large.Begin());
            for (int step = 0; step < 200 && !a.IsComplete; step++)
            {
                int[] allowed = JsonVocabulary.Ids(a.Allowed);
                Assert.Equal(JsonVocabulary.Ids(b.Allowed), allowed);
                int token = random.GetItems(allowed, 1)[0];
                a.Accept(token);
                b.Accept(token);
            }

            Assert.Equal(b.IsComplete, a.IsComplete);
        }
    }

    [Fact]
    public void TheEndIsAllowedOnlyWhereTheTextFits()
    {
        TokenConstraint constraint = JsonVocabulary.Compiler.Regex("ab?").Begin();
        int a = Token("a"), b = Token("b");
        Assert.False(constraint.IsAccepting);
        Assert.Equal([a], Single(constraint));
        Assert.False(constraint.TryAccept(JsonVocabulary.End));
        Assert.Throws<ArgumentException>(() => constraint.Accept(b));
        constraint.Accept(a);
        Assert.True(constraint.IsAccepting);
        Assert.False(constraint.IsComplete);
        Assert.Equal(new[] { b, JsonVocabulary.End }.Order(), JsonVocabulary.Ids(constraint.Allowed));
        TokenConstraint fork = constraint.Fork();
        constraint.Accept(b);
        Assert.True(constraint.IsComplete);
        Assert.Equal([JsonVocabulary.End], JsonVocabulary.Ids(constraint.Allowed));
        fork.Accept(JsonVocabulary.End);
        Assert.True(fork.IsComplete);
        Assert.Throws<InvalidOperationException>(() => _ = fork.Allowed.Length);
        Assert.False(fork.TryAccept(b));
        Assert.Equal(2, constraint.Length);

        static int[] Single(TokenConstraint constraint) => [.. JsonVocabulary.Ids(constraint.Allowed).Where(id => JsonVocabulary.Tokenizer.IdToToken(id).Length == 1)];
    }

    [Fact]
    public void RewindingLeadsBack()
    {
        TokenConstraint constraint = JsonVocabulary.Compiler.JsonObject().Begin();
        var random = new Random(1);
        var masks = new List<int[]>();
        while (constraint.Length < 30 && !constraint.IsComplete)
        {
            masks.Add(JsonVocabulary.Ids(constraint.Allowed));
            constraint.Accept(random.GetItems(masks[^1].Where(static id => id != JsonVocabulary.End && !JsonVocabulary.Tokenizer.IdToToken(id).Contains('}')).ToArray(), 1)[0]);
        }

        int last = constraint.Length;
        constraint.Rewind(7);
        Assert.Equal(last - 7, constraint.Length);
        Assert.Equal(masks[last - 7], JsonVocabulary.Ids(constraint.Allowed));
        constraint.Rewind(constraint.Length);
        Assert.Equal(masks[0], JsonVocabulary.Ids(constraint.Allowed));
        Assert.Throws<ArgumentOutOfRangeException>(() => constraint.Rewind(1));
    }

    [Fact]
    public void ApplyRulesOutWhatIsNotAllowed()
    {
        TokenConstraint constraint = JsonVocabulary.Compiler.Regex("[0-9]+").Begin();
        float[] logits = new float[JsonVocabulary.Tokenizer.VocabularySize + 5];
        constraint.Apply(logits);
        Assert.Equal(JsonVocabulary.Ids(constraint.Allowed), Enumerable.Range(0, logits.Length).Where(id => logits[id] == 0));
    }

    [Fact]
    public void ASentencePieceTokenizersFirstSpaceIsNoPartOfTheText()
    {
        Tokenizer tokenizer = UnigramLike();
        var vocabulary = new ConstraintVocabulary(tokenizer, [tokenizer.SpecialTokens["</s>"]]);
        for (int seed = 0; seed < 50; seed++)
        {
            foreach (string expression in (string[])["[a-c ]{1,6}!", "a( b){2,3}", "é+", "[^a]{3}"])
            {
                TokenGrammar grammar = new ConstraintCompiler(vocabulary).Regex(expression);
                TokenConstraint constraint = grammar.Begin();
                var random = new Random(seed);
                var tokens = new List<int>();
                while (!constraint.IsComplete && tokens.Count < 40)
                {
                    int[] allowed = JsonVocabulary.Ids(constraint.Allowed);
                    int[] expected = [.. Enumerable.Range(0, tokenizer.VocabularySize).Where(id => constraint.Fork().TryAccept(id))];
                    Assert.Equal(expected, allowed);
                    int token = random.GetItems(allowed, 1)[0];
                    constraint.Accept(token);
                    tokens.Add(token);
                }

                if (constraint.IsAccepting)
                {
                    Assert.True(grammar.IsMatch(tokenizer.Decode([.. tokens])), $"{expression}: {tokenizer.Decode([.. tokens])}");
                }
            }
        }
    }

    [Fact]
    public void ATokenizerWhoseTokensHaveNoTextOfTheirOwnIsRefused()
    {
        Tokenizer tokenizer = Load("""{"added_tokens":[{"id":0,"content":"[UNK]","special":true}],"decoder":{"type":"WordPiece"},"model":{"type":"WordPiece","unk_token":"[UNK]","vocab":{"[UNK]":0,"a":1,"##b":2}}}""");
        Assert.Contains("decoder", Assert.Throws<InputException>(() => new ConstraintVocabulary(tokenizer, [])).Message, StringComparison.Ordinal);
        Assert.Contains("end token", Assert.Throws<InputException>(() => new ConstraintVocabulary(JsonVocabulary.Tokenizer, [1_000_000])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AVocabularyThatCannotGoOnSaysSo()
    {
        Tokenizer tokenizer = Load("""{"decoder":{"type":"Fuse"},"model":{"type":"BPE","vocab":{"a":0,"b":1},"merges":[]}}""");
        TokenConstraint constraint = new ConstraintCompiler(new ConstraintVocabulary(tokenizer, [])).Regex("ac").Begin();
        constraint.Accept(0);
        Assert.Contains("no token", Assert.Throws<JobException>(() => _ = constraint.Allowed.Length).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AChooserEndsWithTheTokenThatCompletesTheText()
    {
        TokenGrammar grammar = JsonVocabulary.Schema("""{"type": "object", "properties": {"a": {"type": "boolean"}}, "required": ["a"]}""");
        int size = JsonVocabulary.Tokenizer.VocabularySize;
        var workspace = new SamplingWorkspace(size);
        for (ulong seed = 0; seed < 30; seed++)
        {
            var chooser = new SamplerChooser(size, new GenerationOptions { Temperature = 1, Seed = seed, LogProbabilities = 2 }, [], index: 0, grammar);
            var tokens = new List<int>();
            ChosenToken chosen;
            do
            {
                float[] logits = [.. Enumerable.Range(0, size + 3).Select(i => MathF.Sin((i * 7) + tokens.Count))];
                if (tokens.Count % 3 == 1)
                {
                    Assert.InRange(chooser.Guess(logits, 0, workspace), 0, size - 1);
                }

                chosen = chooser.Choose(logits, workspace);
                Assert.Equal(2, chosen.LogProbabilities!.Top.Count);
                tokens.Add(chosen.Token);
            }
            while (!chosen.Ends);
            using System.Text.Json.JsonDocument value = System.Text.Json.JsonDocument.Parse(JsonVocabulary.Tokenizer.Decode([.. tokens]));
            Assert.Contains(value.RootElement.GetProperty("a").ValueKind, (System.Text.Json.JsonValueKind[])[System.Text.Json.JsonValueKind.True, System.Text.Json.JsonValueKind.False]);
        }
    }

    [Fact]
    public void TheSameConstraintIsCompiledOnce() =>
        Assert.Same(JsonVocabulary.Compiler.Regex("same{1,2}"), JsonVocabulary.Compiler.Regex("same{1,2}"));

    private static int Token(string text) => JsonVocabulary.Tokenizer.TokenToId(text)!.Value;

    private static Tokenizer UnigramLike()
    {
        var vocabulary = new List<string> { "<unk>", "</s>" };
        vocabulary.AddRange(Enumerable.Range(0, 256).Select(static b => $"<0x{b:X2}>"));
        vocabulary.AddRange(["▁", "a", "b", "c", "▁a", "▁b", "ab", "▁ab", "a▁b", "!", "c!", "é", "▁é", "éé", "▁▁"]);
        string tokens = string.Join(',', vocabulary.Select(static (token, id) => $"\"{token}\":{id}"));
        return Load($$$"""
            {"added_tokens":[{"id":0,"content":"<unk>","special":true},{"id":1,"content":"</s>","special":true}],
             "normalizer":{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]},
             "decoder":{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]},
             "model":{"type":"BPE","unk_token":"<unk>","fuse_unk":true,"byte_fallback":true,"vocab":{{{{tokens}}}},"merges":[]}}
            """);
    }

    private static Tokenizer Load(string json)
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "tokenizer.json");
        File.WriteAllText(path, json);
        return Tokenizer.Load(path);
    }
}
