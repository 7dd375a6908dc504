using System.Text.Json.Nodes;
using Panorama.Cli.Hosting;
using Panorama.Cli.Models;
using Panorama.Cli.Terminal;
using Panorama.Data.Corpus;
using Panorama.Data.Questions;
using Panorama.Evaluation.Answers;
using Panorama.Evaluation.Baselines;
using Panorama.Tokenization.ChatTemplates;

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
        AnswerQuestion[] questions = Questions(heldOutChats);
        AnswerReport answers = Ask(model, questions);
        ConstantAnswer constant = BestConstantAnswer.Find(questions, ChatFile.Read(trainingChats).Select(c => c.Messages[^1].Content), cancellation: context.Cancellation);
        context.Console.Info("Compressing the held-out text for comparison");
        CompressionResult compressed = compression.GetAwaiter().GetResult();
        return new JsonObject
        {
            ["answer_score"] = answers.MeanF1,
            ["answer_exact"] = answers.ExactMatch,
            ["answer_baseline"] = constant.MeanF1,
            ["answer_baseline_text"] = constant.Text,
            ["questions"] = answers.Questions,
            ["baseline_bpb"] = compressed.BitsPerByte,
            ["baseline_name"] = compressed.Name,
            ["samples"] = new JsonArray([.. answers.Samples.Select(s => new JsonObject
            {
                ["question"] = s.Question,
                ["expected"] = s.Reference,
                ["answer"] = s.Answer,
                ["f1"] = s.F1,
            })]),
        };
    }

    private AnswerQuestion[] Questions(string path)
    {
        ChatRecord[] chats = [.. ChatFile.Read(path)];
        int count = Math.Min(plan.Questions, chats.Length);
        return [.. Enumerable.Range(0, count)
            .Select(i => chats[(int)((long)i * chats.Length / count)])
            .Select(c => new AnswerQuestion(c.Messages[0].Content, c.Messages[^1].Content))];
    }

    private AnswerReport Ask(string model, AnswerQuestion[] questions)
    {
        using LoadedModel loaded = LoadedModel.Open(model);
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
