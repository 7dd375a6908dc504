using System.Collections.Frozen;

namespace Panorama.Inference.Engine;

/// <summary>One request on its way through the <see cref="GenerationLoop"/>.</summary>
internal abstract class Generation(GenerationRequest request)
{
    private readonly FrozenSet<int> _ends = request.EndTokens.ToFrozenSet();

    /// <summary>What is asked.</summary>
    public GenerationRequest Request { get; } = request;

    /// <summary>Its sequences, by index; those to be forked are added when the prompt is computed.</summary>
    public List<LiveSequence> Sequences { get; } = new(request.Count);

    /// <summary>Whether nothing more comes.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Sequences not yet finished, those to be forked included.</summary>
    public int Unfinished { get; set; } = request.Count;

    /// <summary>Whether a token ends its sequence.</summary>
    public bool IsEnd(int token) => _ends.Contains(token);

    /// <summary>Hands a token on.</summary>
    public abstract void Emit(in GeneratedToken token);

    /// <summary>Ends the request, once.</summary>
    /// <param name="error">Why; null: all is generated.</param>
    public void Complete(Exception? error)
    {
        if (IsOver)
            return;
        IsOver = true;
        OnCompleted(error);
    }

    /// <summary>Tells that nothing more comes.</summary>
    protected abstract void OnCompleted(Exception? error);
}
