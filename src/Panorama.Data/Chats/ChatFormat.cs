namespace Panorama.Data.Chats;

/// <summary>How a file writes chats.</summary>
public enum ChatFormat
{
    /// <summary>Found by the file's first records.</summary>
    Auto,

    /// <summary><c>messages</c>: a list of <c>role</c> and <c>content</c>, as OpenAI writes them.</summary>
    Messages,

    /// <summary><c>instruction</c>, <c>input</c>, <c>output</c>, perhaps <c>system</c> and <c>history</c>, as Stanford Alpaca writes them.</summary>
    Alpaca,

    /// <summary><c>conversations</c>: a list of <c>from</c> and <c>value</c>, perhaps <c>system</c>.</summary>
    Sharegpt,

    /// <summary><c>prompt</c> and <c>completion</c>, each a text or a list of messages.</summary>
    PromptCompletion,
}
