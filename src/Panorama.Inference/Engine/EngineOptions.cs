using Panorama.Core.Errors;
using Panorama.Inference.Speculation;

namespace Panorama.Inference.Engine;

/// <summary>How an <see cref="InferenceEngine"/> shares its runner. Validated when made.</summary>
public sealed record EngineOptions
{
    /// <summary>Most sequences that run at once; others wait. Not more than the rows of a step.</summary>
    public int MaxSequences { get; init => field = Require.That(value is >= 1 and <= 4096, value, "max_sequences", "1 to 4096"); } = 16;

    /// <summary>Most requests, running and waiting; the next is refused.</summary>
    public int MaxRequests { get; init => field = Require.That(value >= 1, value, "max_requests", "at least 1"); } = 256;

    /// <summary>Most tokens of a step; 0: as many as the runner takes.</summary>
    public int StepRows { get; init => field = Require.That(value >= 0, value, "step_rows", "at least 0 (0 is the runner's)"); }

    /// <summary>Most tokens of prompts in a step in which others decode: fewer make these wait less for their next token and prompts longer for their first.</summary>
    public int PromptRowsWhileDecoding { get; init => field = Require.That(value >= 1, value, "prompt_rows_while_decoding", "at least 1"); } = 128;

    /// <summary>Whether prompts that begin as earlier ones find their blocks.</summary>
    public bool PrefixCache { get; init; } = true;

    /// <summary>Tokens kept for a slow reader; when they are unread, its request pauses. At least two steps' worth is kept.</summary>
    public int StreamCapacity { get; init => field = Require.That(value is >= 2 and <= 1 << 20, value, "stream_capacity", "2 to 1048576"); } = 256;

    /// <summary>How tokens are guessed ahead: by the draft model if there is one, else looked up in the sequence itself; null: only with a draft model. The text is the same either way.</summary>
    public SpeculationOptions? Speculation { get; init; }

    /// <summary>Ids from here on are never generated, such as the padding of an embedding; 0: all of the runner's ids are.</summary>
    public int VocabularySize { get; init => field = Require.That(value >= 0, value, "vocabulary_size", "at least 0 (0 is the runner's)"); }
}
