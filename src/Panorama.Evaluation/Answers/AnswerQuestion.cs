using Panorama.Core.Errors;

namespace Panorama.Evaluation.Answers;

/// <summary>A question with what counts as its answer.</summary>
/// <param name="Question">The question as the user would ask it.</param>
/// <param name="References">Acceptable answers, at least one; the best match counts.</param>
public sealed record AnswerQuestion(string Question, IReadOnlyList<string> References)
{
    /// <summary>A question with a single reference.</summary>
    /// <param name="question">The question.</param>
    /// <param name="reference">The acceptable answer.</param>
    public AnswerQuestion(string question, string reference)
        : this(question, [reference])
    {
    }

    /// <inheritdoc cref="AnswerQuestion" path="/param[@name='References']"/>
    public IReadOnlyList<string> References { get; } = References.Count > 0
        ? References
        : throw new InputException($"The question \"{Question}\" has no reference answer; give at least one.");
}
