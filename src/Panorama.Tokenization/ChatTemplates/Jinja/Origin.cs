namespace Panorama.Tokenization.ChatTemplates.Jinja;

/// <summary>Where a character of rendered text comes from. Only the template's own text can make control tokens.</summary>
internal static class Origin
{
    /// <summary>From outside or not known: never makes control tokens.</summary>
    public const int Unknown = 0;

    /// <summary>Written in the template, a special token given with it, or a role: the only text that can make control tokens.</summary>
    public const int Template = 1;

    /// <summary>From a message of the chat: never makes control tokens, but the message is known.</summary>
    /// <param name="index">Index of the message.</param>
    public static int Message(int index) => index + 2;
}
