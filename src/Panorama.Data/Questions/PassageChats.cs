using Panorama.Data.Documents;
using Panorama.Tokenization.ChatTemplates;

namespace Panorama.Data.Questions;

/// <summary>
/// Chats of any text: a passage's title, or else its first sentence, asks, and what follows answers. They teach a model
/// to answer in turns and in the voice of the text; they are no replacement for questions made by people.
/// </summary>
public static class PassageChats
{
    private const int LongestOpening = 160;
    private const int LongestAnswer = 400;
    private const int ShortestAnswer = 20;
    private static readonly string[] SentenceEnds = [". ", "? ", "! ", ".\n", "。", "？", "！", "\n\n", "\n"];

    /// <summary>One chat a document; documents too short to be cut in two are passed over.</summary>
    /// <param name="documents">Any documents.</param>
    public static IEnumerable<ChatRecord> Of(IEnumerable<Document> documents)
    {
        foreach (Document document in documents)
        {
            string text = document.Text;
            string? title = document.MetadataOrNull(MetadataKeys.Title) is { Length: <= LongestOpening } known ? known : null;
            int opening = title is null ? End(text, LongestOpening) : 0;
            string answer = text[opening..].TrimStart();
            answer = answer.Length > LongestAnswer ? answer[..End(answer, LongestAnswer)] : answer;
            if ((title is null && opening == 0) || answer.Length < ShortestAnswer)
            {
                continue;
            }

            string question = title is null ? $"Continue: {text[..opening].Trim()}" : $"What does \"{title}\" say?";
            yield return new ChatRecord([new ChatMessage(ChatMessage.User, question), new ChatMessage(ChatMessage.Assistant, answer.Trim())], document.Id);
        }
    }

    // The end of the last sentence that fits, else of the last word; 0 when there is neither.
    private static int End(string text, int longest)
    {
        ReadOnlySpan<char> window = text.AsSpan(0, Math.Min(longest, text.Length));
        int end = 0;
        foreach (string mark in SentenceEnds)
        {
            int at = window.LastIndexOf(mark, StringComparison.Ordinal);
            end = Math.Max(end, at < 0 ? 0 : at + mark.Length);
        }

        return end > 0 ? end : window.LastIndexOf(' ') + 1;
    }
}
