using System.Text;
using Panorama.Core.Errors;
using Panorama.Core.Models;

namespace Panorama.Evaluation.Answers;

/// <summary>How answers are made and what is kept of them. Validated when made.</summary>
public sealed record AnswerEvaluationOptions
{
    /// <summary>Sampling and limits of each answer; default: at most 64 tokens, always the most probable one.</summary>
    public GenerationOptions Generation { get; init; } = new() { Temperature = 0, MaxTokens = 64 };

    /// <summary>Whether the rendered prompts are chat templates, whose special tokens count; default true.</summary>
    public bool PromptHasSpecialTokens { get; init; } = true;

    /// <summary>Answers kept for people to read, spread evenly over the questions; default 8.</summary>
    public int Samples { get; init => field = Require.That(value is >= 0 and <= 10_000, value, "samples", "0 to 10,000"); } = 8;
}

/// <summary>One answer of the evaluated model.</summary>
/// <param name="Question">What was asked.</param>
/// <param name="Reference">The first acceptable answer.</param>
/// <param name="Answer">What the model said.</param>
/// <param name="F1">Its token F1 by the best reference.</param>
public sealed record AnswerSample(string Question, string Reference, string Answer, double F1);

/// <summary>How well a model answers.</summary>
/// <param name="MeanF1">Mean token F1 over the questions, 0 to 1.</param>
/// <param name="ExactMatch">Share of answers whose words equal those of a reference.</param>
/// <param name="Questions">Questions asked.</param>
/// <param name="GeneratedTokens">Tokens of all answers.</param>
/// <param name="Samples">Some answers in full.</param>
public sealed record AnswerReport(double MeanF1, double ExactMatch, int Questions, long GeneratedTokens, IReadOnlyList<AnswerSample> Samples);

/// <summary>Asks a model questions and scores its answers by <see cref="TokenF1"/>.</summary>
public static class AnswerEvaluator
{
    /// <summary>Asks every question once, in order.</summary>
    /// <param name="generator">The model to ask.</param>
    /// <param name="questions">At least one.</param>
    /// <param name="render">Turns a question into the model's prompt, usually through its chat template.</param>
    /// <param name="options">Limits and samples; <see langword="null"/>: the defaults.</param>
    /// <param name="progress">Told the number of questions answered, after each.</param>
    /// <param name="cancellation">Stops between two tokens.</param>
    /// <exception cref="InputException">No question, or a prompt longer than the model's context.</exception>
    public static AnswerReport Evaluate(
        ITextGenerator generator,
        IReadOnlyList<AnswerQuestion> questions,
        Func<AnswerQuestion, string> render,
        AnswerEvaluationOptions? options = null,
        IProgress<int>? progress = null,
        CancellationToken cancellation = default)
    {
        if (questions.Count == 0)
        {
            throw new InputException("There is no question to ask; give at least one.");
        }

        options ??= new AnswerEvaluationOptions();
        var samples = new List<AnswerSample>();
        double totalF1 = 0;
        int exact = 0;
        long tokens = 0;
        for (int q = 0; q < questions.Count; q++)
        {
            AnswerQuestion question = questions[q];
            var text = new StringBuilder();
            foreach (GeneratedPiece piece in generator.Generate(render(question), options.PromptHasSpecialTokens, options.Generation, cancellation))
            {
                text.Append(piece.Text);
                tokens += piece.Tokens.Count;
            }

            string answer = text.ToString().Trim();
            double score = TokenF1.Score(answer, question.References);
            totalF1 += score;
            exact += question.References.Any(reference => TokenF1.IsExactMatch(answer, reference)) ? 1 : 0;
            if (IsSample(q, questions.Count, options.Samples))
            {
                samples.Add(new AnswerSample(question.Question, question.References[0], answer, score));
            }

            progress?.Report(q + 1);
        }

        return new AnswerReport(totalF1 / questions.Count, (double)exact / questions.Count, questions.Count, tokens, samples);
    }

    /// <summary>Whether the evenly spread sample count steps up at this question; the first is always taken.</summary>
    private static bool IsSample(int index, int questions, int samples) =>
        ((long)index * samples / questions) != (((long)index - 1) * samples / questions) || (index == 0 && samples > 0);
}
