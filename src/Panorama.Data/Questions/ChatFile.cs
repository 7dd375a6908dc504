using Panorama.Core.Errors;
using Panorama.Data.Files;
using Panorama.Data.Rejects;
using Panorama.Tokenization.ChatTemplates;

namespace Panorama.Data.Questions;

/// <summary>A chat to learn from or to be asked in an evaluation.</summary>
/// <param name="Messages">The turns, at least one.</param>
/// <param name="Id">Where it comes from, if known: the id of the document it was made of.</param>
public sealed record ChatRecord(IReadOnlyList<ChatMessage> Messages, string? Id = null);

/// <summary>Chats as JSON Lines with the field <c>messages</c> (a list of <c>role</c> and <c>content</c>) and perhaps <c>id</c>.</summary>
public static class ChatFile
{
    private static readonly string[] Roles = [ChatMessage.System, ChatMessage.User, ChatMessage.Assistant, ChatMessage.Tool];

    /// <summary>Reads chats lazily.</summary>
    /// <param name="path">The file; <c>.gz</c> and <c>.zst</c> by extension.</param>
    /// <param name="rejects">Where broken lines go; null only counts them.</param>
    /// <param name="brokenShare">Share of broken lines above which reading stops.</param>
    /// <exception cref="InputException">The file is missing or cannot be read.</exception>
    /// <exception cref="JobException">Too large a share of the lines is broken.</exception>
    public static IEnumerable<ChatRecord> Read(string path, RejectLedger? rejects = null, double brokenShare = RecordLimits.DefaultBrokenShare)
    {
        using RejectLedger? own = rejects is null ? new RejectLedger() : null;
        var limits = new RecordLimits(RecordLimits.DefaultLargestRecord, brokenShare, path);
        foreach ((ChatLine line, _) in JsonLines.Read(path, DataJson.Lines.ChatLine, Wrong, limits, rejects ?? own!))
            yield return new ChatRecord([.. line.Messages!.Select(m => new ChatMessage(m.Role!, m.Content!))], line.Id);
        limits.Judge();
    }

    /// <summary>Writes chats as a whole file or not at all.</summary>
    /// <param name="path">The file; its folder is made if missing.</param>
    /// <param name="chats">Read while writing.</param>
    /// <exception cref="JobException">The disk is full, or the file cannot be written.</exception>
    public static void Write(string path, IEnumerable<ChatRecord> chats) => JsonLines.Write(
        path, chats.Select(c => new ChatLine([.. c.Messages.Select(m => new ChatTurn(m.Role, m.Content))], c.Id)), DataJson.Lines.ChatLine);

    private static string? Wrong(ChatLine line)
    {
        if (line.Messages is not { Length: > 0 } messages)
            return "there are no messages";
        foreach (ChatTurn? turn in messages)
        {
            if (turn is null || !Roles.Contains(turn.Role, StringComparer.Ordinal))
                return $"a role is not one of {string.Join(", ", Roles)}";
            if (turn.Content is null)
                return "a message has no content";
        }

        return null;
    }
}

/// <summary>A line as it may come from outside.</summary>
internal sealed record ChatLine(ChatTurn[]? Messages, string? Id);

/// <summary>A turn as it may come from outside.</summary>
internal sealed record ChatTurn(string? Role, string? Content);
