using Panorama.Inference.KvCache;
using Panorama.Inference.Scheduling;

namespace Panorama.Inference.Engine;

/// <summary>A sequence with what belongs to its request.</summary>
internal sealed class LiveSequence(Generation generation, int index, int limit, BlockHash root, int branches)
    : Sequence(generation.Request.Prompt, limit, root, generation.Request.Adapter, branches)
{
    private ITokenChooser? _chooser;

    /// <summary>The request.</summary>
    public Generation Generation { get; } = generation;

    /// <summary>Which of its sequences.</summary>
    public int Index { get; } = index;

    /// <summary>Made when the first token is chosen, so that waiting requests need little memory.</summary>
    public ITokenChooser Chooser(int vocabularySize)
    {
        GenerationRequest request = Generation.Request;
        return _chooser ??= request.Choosers?.Invoke(Index)
            ?? new SamplerChooser(vocabularySize, request.Options, request.Prompt, Index, request.LogProbabilities);
    }
}
