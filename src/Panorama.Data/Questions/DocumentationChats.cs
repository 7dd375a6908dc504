using Panorama.Core.Numerics;
using Panorama.Data.Documents;
using Panorama.Data.Hashing;
using Panorama.Data.Sources;
using Panorama.Tokenization.ChatTemplates;

namespace Panorama.Data.Questions;

/// <summary>
/// Makes questions and answers of API documents: "What does System.Collections.BitArray.Not do?" is answered by the member's
/// summary and, when both are short, by what it returns. Overloads share a question, so each name is asked about once,
/// with the answer of its first document.
/// </summary>
public static class DocumentationChats
{
    private const int LongestAnswerWithReturns = 240;

    // The first phrasing of a kind is the one that evaluations use.
    private static readonly string[] Callable = ["What does {0} do?", "What is {0} for?", "Explain {0}.", "Describe the method {0}."];
    private static readonly string[] Constructor = ["What does the constructor {0} do?", "What does {0} do?", "Explain {0}."];
    private static readonly string[] Type = ["What is {0}?", "What is {0} for?", "Explain {0}.", "Describe the type {0}."];
    private static readonly string[] Value = ["What is {0}?", "What does {0} do?", "Explain {0}.", "Describe the member {0}."];

    /// <summary>
    /// Makes chats to train on: each name once, its phrasing chosen by seed and name, in the order of the documents.
    /// Documents that are no API documents, or have no summary, are passed over.
    /// </summary>
    /// <param name="documents">Training documents.</param>
    /// <param name="seed">Decides which phrasings are used.</param>
    public static IEnumerable<ChatRecord> ForTraining(IEnumerable<Document> documents, ulong seed)
    {
        foreach ((Document document, string name) in FirstOfEachName(documents))
        {
            string[] choices = Phrasings(document);
            yield return Ask(document, choices[SplitMix.Mix(seed, StableHash.Of(name)) % (ulong)choices.Length], name);
        }
    }

    /// <summary>Makes chats to evaluate on: each name once, asked in its kind's first phrasing.</summary>
    /// <param name="documents">Held-out documents.</param>
    public static IEnumerable<ChatRecord> ForEvaluation(IEnumerable<Document> documents) =>
        FirstOfEachName(documents).Select(d => Ask(d.Document, Phrasings(d.Document)[0], d.Name));

    private static IEnumerable<(Document Document, string Name)> FirstOfEachName(IEnumerable<Document> documents)
    {
        HashSet<string> asked = new(StringComparer.Ordinal);
        foreach (Document document in documents)
        {
            if (DocumentationText.Is(document) && !DocumentationText.Summary(document).IsWhiteSpace()
                && document.Metadata[MetadataKeys.Name] is var name && asked.Add(name))
            {
                yield return (document, name);
            }
        }
    }

    private static ChatRecord Ask(Document document, string phrasing, string name) => new(
        [
            new ChatMessage(ChatMessage.User, phrasing.Replace("{0}", name, StringComparison.Ordinal)),
            new ChatMessage(ChatMessage.Assistant, Answer(document)),
        ],
        document.Id);

    private static string Answer(Document document)
    {
        string summary = DocumentationText.Summary(document).Trim().ToString();
        ReadOnlySpan<char> returns = DocumentationText.Section(document, DocumentationText.Returns);
        return returns.IsEmpty || summary.Length + returns.Length > LongestAnswerWithReturns
            ? summary
            : $"{summary}\n{DocumentationText.Returns}: {returns}";
    }

    private static string[] Phrasings(Document document) => document.Metadata[MetadataKeys.Kind] switch
    {
        "method" => Callable,
        "constructor" => Constructor,
        "type" => Type,
        _ => Value,
    };
}
