using System.Globalization;
using Panorama.Core.Errors;

namespace Panorama.Inference.Speculation;

/// <summary>
/// How tokens are guessed ahead, so that one step of the model gives several (Leviathan et al. 2023, arXiv:2211.17192).
/// Validated when made.
/// </summary>
/// <remarks>
/// A guess is kept if it is the token that the sequence's own chooser chooses at its place from the model's logits, with the
/// random number of that place. The text is therefore that of a run without guesses, greedy or drawn, whatever the guesses
/// and however many of them a step has room for: drafter-invariant decoding (Daliri, Musco and Suresh 2024,
/// arXiv:2408.07978). Leviathan's own rule draws anew when it refuses a guess, which keeps the distribution but makes the
/// text depend on the guesses, and so on the batch. For guesses looked up or greedy both rules keep one equally often; for
/// drawn ones his keeps somewhat more.
/// </remarks>
public sealed record SpeculationOptions
{
    /// <summary>The largest <see cref="MaxTokens"/>.</summary>
    public const int MostTokens = 64;

    /// <summary>Most tokens guessed for a sequence in a step. Fewer are while guesses are wrong.</summary>
    public int MaxTokens { get; init => field = Require.That(value is >= 1 and <= MostTokens, value, "the number of guessed tokens", string.Create(CultureInfo.InvariantCulture, $"1 to {MostTokens}")); } = 8;

    /// <summary>Guesses are made while at most this many sequences decode: with more of them a step's rows are no longer almost free.</summary>
    public int MaxSequences { get; init => field = Require.That(value >= 1, value, "the number of sequences with guesses", "at least 1"); } = 4;

    /// <summary>Without a draft model: the longest end of the sequence that is looked up in it, in tokens.</summary>
    public int MaxMatch { get; init => field = Require.That(value is >= 1 and <= 64, value, "the longest match", "1 to 64"); } = 4;

    /// <summary>Without a draft model: the shortest such end. A shorter one guesses more often, and more often wrong.</summary>
    public int MinMatch { get; init => field = Require.That(value is >= 1 and <= 64, value, "the shortest match", "1 to 64"); } = 2;
}
