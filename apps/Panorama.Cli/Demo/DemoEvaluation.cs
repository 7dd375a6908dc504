using System.Text.Json.Nodes;
using Panorama.Cli.Hosting;
using Panorama.Cli.Models;
using Panorama.Cli.Terminal;
using Panorama.Data.Corpus;
using Panorama.Data.Questions;
using Panorama.Evaluation.Answers;
using Panorama.Evaluation.Baselines;
using Panorama.Tokenization.ChatTemplates;
using Panorama.Training;

namespace Panorama.Cli.Demo;

/// <summary>Asks the fine-tuned model held-out questions, and measures the baselines that the figures stand beside.</summary>
internal sealed class DemoEvaluation(DemoPlan plan, VerbContext context)
{
    private const int Samples = 12;

    /// <summary>Evaluates.</summary>
    /// <param name="model">The model folder.</param>
    /// <param name="corpus">Training and held-out text.</param>
    /// <param name="heldOutChats">Questions with their answers.</param>
    /// <param name="trainingChats">The questions trained on.</param>
    public JsonObject Run(string model, BuiltCorpus corpus, string heldOutChats, string trainingChats)
    {
        // The compressor runs on one core beside the answers, which wait for memory more than for the processor.
        Task<CompressionResult> compression = Task.Run(
            () => CompressionBaseline.Measure(corpus.Training.Select(d => d.Text), corpus.HeldOut.Select(d => d.Text), cancellation: context.Cancellation),
            context.Cancellation);
        using LoadedModel loaded = LoadedModel.Open(model);
        AnswerQuestion[] questions = Questions(heldOutChats, loaded);
        AnswerReport? answers = questions.Length > 0 ? Ask(loaded, questions) : null;
        context.Console.Info("Scoring the held-out text");
        double bits = CorpusPreparation.HeldOut(corpus.HeldOut, loaded.Tokenizer).Measure(loaded.Model, context.Cancellation)[HeldOutText.BitsPerByte];
        string[] known = [.. ChatFile.Read(trainingChats).Select(c => c.Messages[^1].Content)];
        ConstantAnswer? constant = answers is null ? null : BestConstantAnswer.FindAnswer(questions, known, cancellation: context.Cancellation);
        ConstantAnswer? bag = answers is null ? null : BestConstantAnswer.Find(questions, known, cancellation: context.Cancellation);
        context.Console.Info("Compressing the held-out text for comparison");
        CompressionResult compressed = compression.GetAwaiter().GetResult();
        return new JsonObject
        {
            ["answer_score"] = answers?.MeanF1,
            ["answer_exact"] = answers?.ExactMatch,
            ["answer_baseline"] = constant?.MeanF1,
            ["answer_baseline_text"] = constant?.Text,
            ["answer_bag_bound"] = bag?.MeanF1,
            ["questions"] = questions.Length,
            [HeldOutText.BitsPerByte] = bits,
            ["baseline_bpb"] = compressed.BitsPerByte,
            ["baseline_name"] = compressed.Name,
            ["samples"] = new JsonArray([.. (answers?.Samples ?? []).Select(s => new JsonObject
            {
                ["question"] = s.Question,
                ["expected"] = s.Reference,
                ["answer"] = s.Answer,
                ["f1"] = s.F1,
            })]),
        };
    }

    // A question needs room for its answer. Prompts are rendered text here, so one that spells control tokens is passed over.
    private AnswerQuestion[] Questions(string path, LoadedModel loaded)
    {
        ChatTemplate template = loaded.ChatTemplate();
        int room = loaded.Model.ContextLength * 3 / 4;
        ChatRecord[] chats = [.. ChatFile.Read(path).Where(c =>
            !c.Messages[0].Content.Contains("<|", StringComparison.Ordinal) && template.Encode(loaded.Tokenizer, c.Messages.Take(1), addGenerationPrompt: true).Length <= room)];
        int count = Math.Min(plan.Questions, chats.Length);
        return [.. Enumerable.Range(0, count)
            .Select(i => chats[(int)((long)i * chats.Length / count)])
            .Select(c => new AnswerQuestion(c.Messages[0].Content, c.Messages[^1].Content))];
    }

    private AnswerReport Ask(LoadedModel loaded, AnswerQuestion[] questions)
    {
        ChatTemplate template = loaded.ChatTemplate();
        using IProgressTask task = context.Console.StartTask("Asking held-out questions", questions.Length, "questions");
        return AnswerEvaluator.Evaluate(
            loaded.Generator,
            questions,
            q => template.Render([new ChatMessage(ChatMessage.User, q.Question)], addGenerationPrompt: true),
            new AnswerEvaluationOptions { Samples = Samples },
            new DirectProgress<int>(n => task.Report(n)),
            context.Cancellation);
    }
}
