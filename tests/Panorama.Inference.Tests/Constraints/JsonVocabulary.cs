using System.Text.Json;
using Panorama.Inference.Constraints;
using Panorama.Tokenization;
using Panorama.Tokenization.Training;

namespace Panorama.Inference.Tests.Constraints;

/// <summary>A vocabulary whose tokens cross the borders of JSON: <c>","</c>, <c>": "</c>, <c>}]</c>.</summary>
internal static class JsonVocabulary
{
    private static readonly Lazy<Tokenizer> Made = new(Train);
    private static readonly Lazy<ConstraintVocabulary> Laid = new(() => new ConstraintVocabulary(Tokenizer, [End]));

    private static readonly Lazy<int[]> Letters = new(() => [.. Enumerable.Range(' ', 95).Select(static c => Tokenizer.TokenToId(c == ' ' ? "Ġ" : ((char)c).ToString())!.Value), Tokenizer.TokenToId("Ã")!.Value, Tokenizer.TokenToId("©")!.Value]);

    public static Tokenizer Tokenizer => Made.Value;

    public static int End => Tokenizer.SpecialTokens["<|endoftext|>"];

    public static ConstraintVocabulary Vocabulary => Laid.Value;

    public static ConstraintCompiler Compiler { get; } = new(Vocabulary);

    public static TokenGrammar Schema(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return Compiler.JsonSchema(document.RootElement);
    }

    public static bool IsMatch(this TokenGrammar grammar, string text) => grammar.IsMatch(System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>A text made of tokens drawn among those allowed, and after a while of those that lead to the end soonest.</summary>
    public static string Random(TokenGrammar grammar, int seed, int longest, bool finish = true)
    {
        var random = new Random(seed);
        TokenConstraint constraint = grammar.Begin();
        var tokens = new List<int>();
        while (!constraint.IsComplete && !(constraint.IsAccepting && random.Next(4) == 0))
        {
            if (tokens.Count >= longest)
            {
                tokens.AddRange(finish ? Shortest(constraint) : []);
                break;
            }

            int[] allowed = Ids(constraint.Allowed);
            Assert.NotEmpty(allowed);
            int token = random.GetItems(allowed, 1)[0];
            constraint.Accept(token);
            if (token == End)
            {
                break;
            }

            tokens.Add(token);
        }

        return Tokenizer.Decode([.. tokens]);
    }

    /// <summary>The fewest letters that end the text: there must be some, from everywhere.</summary>
    public static int[] Shortest(TokenConstraint constraint)
    {
        var ways = new Queue<(TokenConstraint Constraint, int[] Tokens)>([(constraint, [])]);
        var seen = new HashSet<object>();
        while (ways.TryDequeue(out (TokenConstraint Constraint, int[] Tokens) way))
        {
            if (way.Constraint.IsAccepting)
            {
                return way.Tokens;
            }

            foreach (int letter in Letters.Value)
            {
                TokenConstraint next = way.Constraint.Fork();
                if (next.TryAccept(letter) && seen.Add(next.State!))
                {
                    ways.Enqueue((next, [.. way.Tokens, letter]));
                }
            }
        }

        Assert.Fail("the text cannot come to its end");
        return [];
    }

    public static int[] Ids(ReadOnlySpan<uint> mask)
    {
        var ids = new List<int>();
        for (int id = 0; id < mask.Length * 32; id++)
        {
            if ((mask[id >> 5] >> (id & 31) & 1) != 0)
            {
                ids.Add(id);
            }
        }

        return [.. ids];
    }

    private static Tokenizer Train()
    {
        string[] texts =
        [
            .. Enumerable.Range(0, 200).Select(i => $$$"""{"name": "item {{{i}}}", "id": {{{i * 37}}}, "tags": ["a", "b", "über"], "ok": true, "next": null, "x": {"y": [[1, 2.5], [{{{i}}}.25, -3e2]]}}"""),
            .. Enumerable.Range(0, 100).Select(i => $"{{\n    \"key\": \"value {i}\",\n    \"中文\": [\n        \"数据并行\",\n        {{}}\n    ]\n}}"),
            "The quick brown fox jumps over the lazy dog. 2024-02-29T12:34:56Z user@example.org 192.168.0.1",
        ];
        return BpeTrainer.Train(texts, new BpeTrainerOptions { VocabularySize = 700, PreTokenizer = Tokenization.PreTokenizers.SplitPattern.Gpt2 }, null, TestContext.Current.CancellationToken);
    }
}
