using Panorama.Evaluation.Answers;

namespace Panorama.Evaluation.Tests.Answers;

public sealed class BestConstantAnswerTests
{
    [Fact]
    public void A_training_answer_wins_when_it_is_best()
    {
        AnswerQuestion[] questions = [new("1", "Gets x."), new("2", "Gets x!"), new("3", "Sets y")];
        ConstantAnswer best = BestConstantAnswer.Find(questions, ["Sets y", "Gets x.", "Unseen"]);

        // 1, 1, 0 over three questions; no bag does better.
        Assert.Equal("Gets x.", best.Text);
        Assert.Equal(2 / 3.0, best.MeanF1, 1e-12);
        Assert.False(best.IsBagOfWords);
    }

    [Fact]
    public void A_bag_of_words_wins_when_no_answer_fits_all()
    {
        // {x, y, z} has F1 0.8 with each pair: better than any pair (1, 0.5, 0.5).
        AnswerQuestion[] questions = [new("1", "x y"), new("2", "y z"), new("3", "z x")];
        ConstantAnswer best = BestConstantAnswer.Find(questions, ["x y", "y z"]);
        Assert.True(best.IsBagOfWords);
        Assert.Equal("x y z", best.Text);
        Assert.Equal(0.8, best.MeanF1, 1e-12);
    }

    [Fact]
    public void The_reported_score_is_that_of_the_text()
    {
        string[] words = ["x", "y", "z", "x x"];
        var answer = Gen.Int[0, 3].Select(i => words[i]).Array[0, 5].Select(chosen => string.Join(' ', chosen));
        Gen.Select(answer.Array[1, 2].Array[1, 8], answer.Array[0, 6]).Sample((references, training) =>
        {
            AnswerQuestion[] questions = [.. references.Select(r => new AnswerQuestion("q", r))];
            ConstantAnswer best = BestConstantAnswer.Find(questions, training);
            Assert.Equal(questions.Average(q => TokenF1.Score(best.Text, q.References)), best.MeanF1, 1e-12);
            foreach (string candidate in training)
            {
                Assert.True(questions.Average(q => TokenF1.Score(candidate, q.References)) <= best.MeanF1 + 1e-12);
            }
        });
    }

    [Fact]
    public void Only_the_most_frequent_training_answers_are_tried()
    {
        AnswerQuestion[] questions = [new("1", "u v w")];
        var options = new ConstantAnswerOptions { Candidates = 1, MaxBagWords = 1 };
        ConstantAnswer best = BestConstantAnswer.Find(questions, ["u v w", "u v", "u v"], options);
        Assert.Equal("u v", best.Text);
    }

    [Fact]
    public void No_question_is_an_input_error() => Assert.Throws<InputException>(() => BestConstantAnswer.Find([], ["x"]));

    [Fact]
    public void The_search_can_be_stopped()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => BestConstantAnswer.Find([new("1", "x")], ["x"], cancellation: source.Token));
    }
}
