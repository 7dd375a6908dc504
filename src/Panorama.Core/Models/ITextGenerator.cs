using Panorama.Core.Errors;

namespace Panorama.Core.Models;

/// <summary>How the next token is chosen from the logits, and when to stop. Validated when made.</summary>
public sealed record GenerationOptions
{
    /// <summary>At most this many new tokens; default 256.</summary>
    public int MaxTokens { get; init => field = Require.That(value >= 1, value, "max_tokens", "at least 1"); } = 256;

    /// <summary>Softmax temperature; 0 always takes the most probable token (lowest id on a tie).</summary>
    public float Temperature { get; init => field = Require.That(value is >= 0 and <= 100, value, "temperature", "0 to 100"); } = 0.8f;

    /// <summary>Keeps the k most probable tokens; 0 keeps all.</summary>
    public int TopK { get; init => field = Require.That(value >= 0, value, "top_k", "at least 0 (0 is off)"); }

    /// <summary>Nucleus sampling: the smallest set whose probability reaches p (Holtzman et al. 2020, arXiv:1904.09751); 1 keeps all.</summary>
    public float TopP { get; init => field = Require.That(value is > 0 and <= 1, value, "top_p", "a number in (0, 1]"); } = 1f;

    /// <summary>Divides positive and multiplies negative logits of tokens already present (Keskar et al. 2019, arXiv:1909.05858); 1 is off.</summary>
    public float RepetitionPenalty { get; init => field = Require.That(value is > 0 and <= 10, value, "repetition_penalty", "a number in (0, 10]"); } = 1f;

    /// <summary>Seed of the sampler; the same seed, options and prompt give the same text.</summary>
    public ulong Seed { get; init; }

    /// <summary>Text that ends the generation; never part of what is returned.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];
}

/// <summary>Why a generation ended.</summary>
public enum FinishReason
{
    /// <summary>The model ended it, or a stop text was met.</summary>
    Stop,

    /// <summary>The token limit or the context was reached.</summary>
    Length,
}

/// <summary>A streamed piece of generated text: whole characters only.</summary>
/// <param name="Text">New text; may be empty while a character is incomplete or a stop text may be under way.</param>
/// <param name="Tokens">The tokens generated since the last piece.</param>
/// <param name="Finish">Set on the last piece only.</param>
public readonly record struct GeneratedPiece(string Text, IReadOnlyList<int> Tokens, FinishReason? Finish);

/// <summary>Generates text from text, whatever the engine.</summary>
public interface ITextGenerator
{
    /// <summary>Continues a prompt.</summary>
    /// <param name="prompt">Plain text, or a rendered chat template when <paramref name="promptHasSpecialTokens"/>.</param>
    /// <param name="promptHasSpecialTokens">Whether special tokens written in the prompt become control tokens: only for server-owned templates.</param>
    /// <param name="options">Sampling and limits.</param>
    /// <param name="cancellation">Stops between two tokens.</param>
    IEnumerable<GeneratedPiece> Generate(string prompt, bool promptHasSpecialTokens, GenerationOptions options, CancellationToken cancellation = default);
}
