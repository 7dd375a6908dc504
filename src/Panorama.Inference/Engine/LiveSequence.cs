using Panorama.Inference.KvCache;
using Panorama.Inference.Scheduling;
using Panorama.Inference.Speculation;

namespace Panorama.Inference.Engine;

/// <summary>A sequence with what belongs to its request.</summary>
internal sealed class LiveSequence(Generation generation, int index, int limit, BlockHash? root, int branches)
    : Sequence(generation.Request.Prompt, limit, root, generation.Request.Adapter, branches)
{
    private const int FirstReach = 4;


    /// <summary>The request.</summary>
    public Generation Generation { get; } = generation;

    /// <summary>Which of its sequences.</summary>
    public int Index { get; } = index;

    /// <summary>Whom it shares blocks with; null: nobody.</summary>
    public BlockHash? Root { get; } = root;

    /// <summary>Turns its logits into tokens; null until the first.</summary>
    public ITokenChooser? Chooser { get; private set; }

    /// <summary>Its part of the draft model's cache, if there is one.</summary>
    public DraftPart? DraftPart { get; set; }

    /// <summary>How many tokens to guess next: twice as many when all were right, else one more than were right.</summary>
    public int Reach { get; private set; } = FirstReach;

    /// <summary>Makes the chooser, when the first token is chosen, so that waiting requests need little memory.</summary>
    public ITokenChooser MakeChooser(int vocabularySize)
    {
        GenerationRequest request = Generation.Request;
        return Chooser ??= request.Choosers?.Invoke(Index) ?? new SamplerChooser(vocabularySize, request.Options, request.Prompt, Index, request.Constraint);
    }

    /// <summary>Takes the last guesses into account.</summary>
    public void Learn(int guessed, int right)
    {
        if (guessed > 0)
            Reach = right == guessed ? Math.Max(Reach, Math.Min(2 * guessed, SpeculationOptions.MostTokens)) : right + 1;
    }
}
