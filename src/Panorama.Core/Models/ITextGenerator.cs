using System.Globalization;
using System.Runtime.InteropServices;
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

    /// <summary>Drops tokens less probable than this share of the most probable one (Nguyen et al. 2024, arXiv:2407.01082); 0 keeps all.</summary>
    public float MinP { get; init => field = Require.That(value is >= 0 and <= 1, value, "min_p", "0 to 1 (0 is off)"); }

    /// <summary>
    /// Locally typical sampling: the tokens whose surprise is nearest to the expected one, up to this probability
    /// (Meister et al. 2023, arXiv:2202.00666); 1 keeps all.
    /// </summary>
    public float TypicalP { get; init => field = Require.That(value is > 0 and <= 1, value, "typical_p", "a number in (0, 1]"); } = 1f;

    /// <summary>Divides positive and multiplies negative logits of tokens of prompt and output (Keskar et al. 2019, arXiv:1909.05858); 1 is off.</summary>
    public float RepetitionPenalty { get; init => field = Require.That(value is > 0 and <= 10, value, "repetition_penalty", "a number in (0, 10]"); } = 1f;

    /// <summary>Subtracted from a token's logit once for every time the output holds it; 0 is off.</summary>
    public float FrequencyPenalty { get; init => field = Require.That(value is >= -2 and <= 2, value, "frequency_penalty", "-2 to 2"); }

    /// <summary>Subtracted from the logit of every token that the output holds; 0 is off.</summary>
    public float PresencePenalty { get; init => field = Require.That(value is >= -2 and <= 2, value, "presence_penalty", "-2 to 2"); }

    /// <summary>Added to the logits of tokens, by token id; −100 as good as forbids one, 100 as good as forces it.</summary>
    public IReadOnlyDictionary<int, float> LogitBias { get; init => field = CheckedBias(value); } = new Dictionary<int, float>();

    /// <summary>How many of the most probable tokens are told with each token, 0 to 20; <see langword="null"/>: no probabilities at all.</summary>
    public int? LogProbabilities { get; init => field = Require.That(value is null or (>= 0 and <= 20), value, "logprobs", "0 to 20"); }

    /// <summary>Seed of the sampler; the same seed, options and prompt give the same text.</summary>
    public ulong Seed { get; init; }

    /// <summary>Text that ends the generation; never part of what is returned.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    private static IReadOnlyDictionary<int, float> CheckedBias(IReadOnlyDictionary<int, float> bias)
    {
        const int Most = 4096;
        Require.That(bias.Count <= Most, bias.Count, "the number of tokens in logit_bias", "at most 4096");
        foreach ((int token, float value) in bias)
        {
            Require.That(token >= 0, token, "a token of logit_bias", "at least 0");
            Require.That(value is >= -100 and <= 100, value, string.Create(CultureInfo.InvariantCulture, $"logit_bias of token {token}"), "-100 to 100");
        }

        return bias;
    }
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
public readonly record struct GeneratedPiece(string Text, IReadOnlyList<int> Tokens, FinishReason? Finish)
{
    /// <summary>One entry for each of the tokens, when <see cref="GenerationOptions.LogProbabilities"/> asks for them.</summary>
    public IReadOnlyList<TokenLogProbabilities>? LogProbabilities { get; init; }
}

/// <summary>A token and how probable it was.</summary>
/// <param name="Token">The id.</param>
/// <param name="LogProbability">log p in nats, as the model gave it: before penalties, temperature, filters and constraints.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct TokenLogProbability(int Token, float LogProbability);

/// <summary>The probabilities at one place of the output.</summary>
/// <param name="Chosen">The token that was generated.</param>
/// <param name="Top">The most probable tokens, best first.</param>
public sealed record TokenLogProbabilities(TokenLogProbability Chosen, IReadOnlyList<TokenLogProbability> Top);

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
