using Panorama.Evaluation.Answers;

namespace Panorama.Evaluation.Tests.Answers;

public sealed class AnswerEvaluatorTests
{
    [Fact]
    public void Scores_samples_and_tokens_are_those_of_the_answers()
    {
        var generator = new Scripted(prompt => prompt switch
        {
            "<q>one" => ["Gets", " the x", "."],
            "<q>two" => ["Sets y"],
            _ => [],
        });
        AnswerQuestion[] questions = [new("one", "gets x"), new("two", ["sets z", "sets it"]), new("three", "z")];
        var progress = new Counter();
        AnswerReport report = AnswerEvaluator.Evaluate(generator, questions, q => "<q>" + q.Question, progress: progress);

        Assert.Equal((1 + 0.5 + 0) / 3, report.MeanF1, 1e-12);
        Assert.Equal(1 / 3.0, report.ExactMatch, 1e-12);
        Assert.Equal(3, report.Questions);
        Assert.Equal(4, report.GeneratedTokens);
        Assert.Equal(3, progress.Last);
        Assert.Equal(new AnswerSample("two", "sets z", "Sets y", 0.5), report.Samples[1]);
        Assert.True(generator.SawSpecialTokens);
        Assert.Equal(0, generator.Options!.Temperature);
    }

    [Theory]
    [InlineData(100, 8, 8)]
    [InlineData(5, 8, 5)]
    [InlineData(5, 0, 0)]
    [InlineData(7, 3, 3)]
    public void Samples_are_spread_evenly(int count, int wanted, int kept)
    {
        AnswerQuestion[] questions = [.. Enumerable.Range(0, count).Select(i => new AnswerQuestion(i.ToString(System.Globalization.CultureInfo.InvariantCulture), "x"))];
        AnswerReport report = AnswerEvaluator.Evaluate(new Scripted(_ => ["x"]), questions, q => q.Question, new AnswerEvaluationOptions { Samples = wanted });
        Assert.Equal(kept, report.Samples.Count);
        Assert.Equal(report.Samples.Count, report.Samples.Distinct().Count());
    }

    [Fact]
    public void No_question_is_an_input_error() =>
        Assert.Throws<InputException>(() => AnswerEvaluator.Evaluate(new Scripted(_ => []), [], q => q.Question));

    private sealed class Scripted(Func<string, string[]> answer) : ITextGenerator
    {
        public bool SawSpecialTokens { get; private set; }

        public GenerationOptions? Options { get; private set; }

        public IEnumerable<GeneratedPiece> Generate(string prompt, bool promptHasSpecialTokens, GenerationOptions options, CancellationToken cancellation = default)
        {
            SawSpecialTokens = promptHasSpecialTokens;
            Options = options;
            return answer(prompt).Select(text => new GeneratedPiece(text, [0], null));
        }
    }

    private sealed class Counter : IProgress<int>
    {
        public int Last { get; private set; }

        public void Report(int value) => Last = value;
    }
}
