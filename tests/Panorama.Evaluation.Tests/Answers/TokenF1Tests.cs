using Panorama.Evaluation.Answers;

namespace Panorama.Evaluation.Tests.Answers;

public sealed class TokenF1Tests
{
    [Theory]
    [InlineData("The Cat, sat!", "cat sat")]
    [InlineData("  an  a the ", "")]
    [InlineData("System.Collections.BitArray", "systemcollectionsbitarray")]
    [InlineData("a+b = $5 `c`", "ab 5 c")]
    [InlineData("«Éclair» — ÜBER", "éclair über")]
    [InlineData("Theory of another", "theory of another")]
    [InlineData("返回新的 BitArray。", "返 回 新 的 bitarray")]
    [InlineData("カタカナと漢字", "カ タ カ ナ と 漢 字")]
    [InlineData("한국어 문장", "한국어 문장")]
    public void Words_follow_the_squad_rules(string text, string expected) =>
        Assert.Equal(expected, string.Join(' ', AnswerNormalizer.Words(text)));

    [Theory]
    [InlineData("Returns a new array", "returns new array", 1.0)]
    [InlineData("returns array", "returns the new array", 0.8)] // 2 of 2 and 2 of 3
    [InlineData("x x x", "x y", 0.4)] // one x in common: 1/3 and 1/2
    [InlineData("x x", "x x y", 0.8)]
    [InlineData("x", "y", 0.0)]
    [InlineData("", "", 1.0)]
    [InlineData("the", "", 1.0)]
    [InlineData("", "y", 0.0)]
    [InlineData("x", "", 0.0)]
    public void F1_matches_hand_computed_values(string answer, string reference, double expected) =>
        Assert.Equal(expected, TokenF1.Score(answer, reference), 1e-12);

    [Fact]
    public void The_best_reference_counts() => Assert.Equal(1.0, TokenF1.Score("x y", ["z", "y x", "x"]));

    [Fact]
    public void Exact_match_needs_the_same_order()
    {
        Assert.True(TokenF1.IsExactMatch("The x, y", "x y"));
        Assert.False(TokenF1.IsExactMatch("y x", "x y"));
    }

    [Fact]
    public void F1_is_symmetric_and_one_only_for_equal_bags()
    {
        var text = Gen.Char["xyz "].Array[0, 12].Select(c => new string(c));
        Gen.Select(text, text).Sample((a, b) =>
        {
            double score = TokenF1.Score(a, b);
            Assert.Equal(score, TokenF1.Score(b, a));
            bool equalBags = AnswerNormalizer.Words(a).Order(StringComparer.Ordinal).SequenceEqual(AnswerNormalizer.Words(b).Order(StringComparer.Ordinal), StringComparer.Ordinal);
            Assert.Equal(equalBags, score == 1);
        });
    }

    [Fact]
    public void A_question_needs_a_reference() => Assert.Throws<InputException>(() => new AnswerQuestion("q", []));
}
