using Panorama.Evaluation.Answers;

namespace Panorama.Evaluation.Tests.Answers;

public sealed class FindAnswerTests
{
    [Fact]
    public void OnlyRealAnswersAreConsidered()
    {
        AnswerQuestion[] questions = [new("a", "gets the name"), new("b", "gets the length"), new("c", "sets color")];
        ConstantAnswer answer = BestConstantAnswer.FindAnswer(questions, ["sets color", "gets name"]);
        Assert.Equal("gets name", answer.Text);
        Assert.False(answer.IsBagOfWords);
        Assert.True(BestConstantAnswer.Find(questions, ["sets color", "gets name"]).MeanF1 >= answer.MeanF1);
    }
}
