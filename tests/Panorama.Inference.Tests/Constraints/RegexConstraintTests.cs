using System.Text.RegularExpressions;
using Panorama.Inference.Constraints;

namespace Panorama.Inference.Tests.Constraints;

public sealed class RegexConstraintTests
{
    [Theory]
    [InlineData("abc", "abc", "ab|abcd|")]
    [InlineData("a|b|cd", "a|b|cd", "c|ab|")]
    [InlineData("(ab)*c?", "|ab|ababc|c", "a|cc|abca")]
    [InlineData("a{2}b{1,3}c{2,}", "aabcc|aabbbcccc", "abcc|aabbbbcc|aabc")]
    [InlineData("[a-c0-9_]+?", "abc_09", "d|")]
    [InlineData("[^a-c]", "d|é|中|😀|\n", "a|")]
    [InlineData(".", "a|é|中|😀", "\n|\r|\u2028|ab")]
    [InlineData(@"\d\w\s\D\W\S", "1_ a-x", "１_ a-x")]
    [InlineData(@"\u00e9\x41\u{1F600}\n\t\.\\", "éA😀\n\t.\\", "eA")]
    [InlineData(@"[\d\-x\]é-ü]+", "12-x]éü", "y")]
    [InlineData(@"\p{Lu}\p{L}+\P{N}", "Äbc!", "äbc!|Ab1")]
    [InlineData("^ab$|^c", "ab|c", "abc")]
    [InlineData("(?:a|(?<x>b))c", "ac|bc", "c")]
    [InlineData("😀{2}", "😀😀", "😀")]
    [InlineData("[α-ω]{3}", "αβγ", "αβ|abc")]
    public void WholeTextsMatch(string expression, string fit, string unfit)
    {
        TokenGrammar grammar = JsonVocabulary.Compiler.Regex(expression);
        Assert.All(fit.Split('|'), text => Assert.True(grammar.IsMatch(text), text));
        Assert.All(unfit.Split('|'), text => Assert.False(grammar.IsMatch(text), text));
    }

    [Fact]
    public void TextsMadeFromAllowedTokensMatch()
    {
        string[] expressions =
        [
            "[a-z]{3,8}@[a-z]{2,5}\\.(com|org)", "(yes|no|maybe)( because .{5,40})?", "-?(0|[1-9][0-9]{0,5})(\\.[0-9]{1,3})?", "([0-9]{1,3}\\.){3}[0-9]{1,3}", "[^\"]{10,30}", "(a|b)*abb", "[一-龥]{2,6}。",
            "\\{\"k\": (\\[(1(, 2){0,4})?\\])\\}", "(\\w+ ){2,5}\\w+",
        ];
        foreach (string expression in expressions)
        {
            TokenGrammar grammar = JsonVocabulary.Compiler.Regex(expression);
            var judge = new Regex($"^(?:{expression})\\z", RegexOptions.ECMAScript, TimeSpan.FromSeconds(5));
            var unicode = new Regex($"^(?:{expression})\\z", RegexOptions.None, TimeSpan.FromSeconds(5));
            for (int seed = 0; seed < 20; seed++)
            {
                string text = JsonVocabulary.Random(grammar, seed, 60);
                Assert.True(grammar.IsMatch(text), text);
                Assert.True(judge.IsMatch(text) || unicode.IsMatch(text) || text.Any(char.IsSurrogate), $"{expression}: {text}");
            }
        }
    }

    [Fact]
    public void RandomExpressionsAgreeWithAnotherEngine()
    {
        // Over the letters a and b, so that texts meet the expressions.
        Gen<string> expression = Gen.Recursive<string>((depth, inner) => depth > 3
            ? Gen.OneOf("a", "b", ".", "[ab]", "[^a]")
            : Gen.Frequency(
                (3, Gen.OneOf("a", "b", "ab", "[ab]", "[^b]", "")),
                (3, Gen.Select(inner, inner).Select(static (x, y) => x + y)),
                (2, Gen.Select(inner, inner).Select(static (x, y) => $"({x}|{y})")),
                (2, Gen.Select(inner, Gen.OneOf("*", "+", "?", "{2}", "{1,3}", "{0,2}", "{2,}", "*?")).Select(static (x, repeat) => $"(?:{x}){repeat}"))));
        Gen.Select(expression, Gen.Char["aab"].Array[0, 9]).Sample((pattern, letters) =>
        {
            string text = new(letters);
            bool expected = Regex.IsMatch(text, $"^(?:{pattern})\\z", RegexOptions.NonBacktracking, TimeSpan.FromSeconds(5));
            Assert.Equal(expected, JsonVocabulary.Compiler.Regex(pattern).IsMatch(text));
        }, iter: 3000);
    }

    [Theory]
    [InlineData("(a", "without its )")]
    [InlineData("a)", "without its (")]
    [InlineData("[a", "too early")]
    [InlineData("*a", "repeats nothing")]
    [InlineData("a**", "repeat is repeated")]
    [InlineData("a{3,2}", "smaller upper")]
    [InlineData("a{999999}", "more than 100000")]
    [InlineData("(?=a)b", "looks around")]
    [InlineData("(?<!a)b", "looks around")]
    [InlineData("(?i)a", "options")]
    [InlineData(@"(a)\1", "references back")]
    [InlineData(@"\bword", "edge of a word")]
    [InlineData("a^b", "anchor ^")]
    [InlineData("(a$)b", "anchor $")]
    [InlineData(@"\q", "not known")]
    [InlineData(@"\p{Nope}", "Nope")]
    [InlineData(@"\u12", "hexadecimal")]
    [InlineData(@"\ud800", "surrogate")]
    [InlineData("[z-a]", "backwards")]
    [InlineData("[]", "no finite text")]
    [InlineData("(((a{100}){100}){100}){100}", "too large")]
    public void WhatCannotBeUsedIsRefusedByName(string expression, string part) =>
        Assert.Contains(part, Assert.Throws<ConstraintException>(() => JsonVocabulary.Compiler.Regex(expression)).Message, StringComparison.Ordinal);

    [Fact]
    public void DeepGroupsAndLongTextsAreRefused()
    {
        Assert.Contains("64 deep", Assert.Throws<ConstraintException>(() => JsonVocabulary.Compiler.Regex(new string('(', 1000) + new string(')', 1000))).Message, StringComparison.Ordinal);
        Assert.Contains("at most", Assert.Throws<ConstraintException>(() => JsonVocabulary.Compiler.Regex(new string('a', 300_000))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AmbiguityIsBounded()
    {
        var compiler = new ConstraintCompiler(JsonVocabulary.Vocabulary, new ConstraintLimits { Places = 100 });
        Assert.Contains("ambiguous", Assert.Throws<ConstraintException>(() => compiler.Regex("(a?){200}")).Message, StringComparison.Ordinal);
        TokenConstraint constraint = compiler.Regex("(a|b)*a(a|b){150}").Begin();
        int a = JsonVocabulary.Tokenizer.TokenToId("a")!.Value;
        Assert.Contains("ambiguous", Assert.Throws<ConstraintException>(() =>
        {
            for (int i = 0; i < 300; i++)
            {
                constraint.Accept(a);
            }
        }).Message, StringComparison.Ordinal);
    }
}
