using Panorama.Core.Models;
using Panorama.Modeling.Attention;
using Panorama.Modeling.Families;
using Panorama.Modeling.Native;
using static TorchSharp.torch;

namespace Panorama.Modeling.Generation;

/// <summary>The training model behind <see cref="INextTokenModel"/>: for evaluation during training and generation without the engine.</summary>
/// <param name="model">An allocated model. It is not disposed with this object.</param>
public sealed class TorchNextTokenModel(DecoderModel model) : INextTokenModel
{
    /// <inheritdoc/>
    public int VocabularySize => model.Config.VocabularySize;

    /// <inheritdoc/>
    public int ContextLength => model.Config.ContextLength;

    /// <inheritdoc/>
    public void Score(ReadOnlySpan<int> tokens, Span<float> logProbabilities)
    {
        if (tokens.Length < 2 || tokens.Length > ContextLength + 1 || logProbabilities.Length != tokens.Length - 1)
        {
            throw new ArgumentException($"{tokens.Length} tokens and {logProbabilities.Length} places; allowed: 2 to {ContextLength + 1} tokens, one place fewer", nameof(tokens));
        }

        using IDisposable quiet = no_grad();
        using var scope = NewDisposeScope();
        Tensor all_T = Ids(tokens);
        Tensor hidden_1TD = model.Hidden(all_T.narrow(0, 0, tokens.Length - 1).unsqueeze(0));
        Tensor scores_TV = nn.functional.log_softmax(model.Logits(hidden_1TD.squeeze(0)), 1);
        Tensor chosen_T = scores_TV.gather(1, all_T.narrow(0, 1, tokens.Length - 1).unsqueeze(1)).squeeze(1);
        TensorMemory.Span<float>(chosen_T.to(ScalarType.Float32).cpu().contiguous()).CopyTo(logProbabilities);
    }

    /// <inheritdoc/>
    public INextTokenSession StartSession() => new Session(this);

    /// <inheritdoc/>
    public void Dispose()
    {
        // The model belongs to the caller.
    }

    private Tensor Ids(ReadOnlySpan<int> tokens)
    {
        var ids = new long[tokens.Length];
        for (int i = 0; i < ids.Length; i++)
        {
            ids[i] = (uint)tokens[i] < (uint)VocabularySize
                ? tokens[i]
                : throw new ArgumentException($"token id {tokens[i]} at {i}; allowed: 0 to {VocabularySize - 1}", nameof(tokens));
        }

        return tensor(ids).to(model.Parameters!.Data.device);
    }

    private sealed class Session(TorchNextTokenModel owner) : INextTokenSession
    {
        private readonly KeyValueCache[] _caches = [.. Enumerable.Range(0, owner.Model.Config.Layers).Select(_ => new KeyValueCache())];
        private readonly float[] _logits = new float[owner.VocabularySize];

        public int Length => (int)_caches[0].Length;

        public ReadOnlySpan<float> Append(ReadOnlySpan<int> tokens)
        {
            if (tokens.IsEmpty || Length + tokens.Length > owner.ContextLength)
            {
                throw new ArgumentException($"{tokens.Length} tokens after {Length}; allowed: at least 1, and {owner.ContextLength} in all", nameof(tokens));
            }

            using IDisposable quiet = no_grad();
            using var scope = NewDisposeScope();
            Tensor hidden_1TD = owner.Model.Hidden(owner.Ids(tokens).unsqueeze(0), _caches);
            Tensor logits_V = owner.Model.Logits(hidden_1TD.narrow(1, tokens.Length - 1, 1)).view(-1);
            TensorMemory.Span<float>(logits_V.to(ScalarType.Float32).cpu().contiguous()).CopyTo(_logits);
            return _logits;
        }

        public void Dispose()
        {
            foreach (KeyValueCache cache in _caches)
            {
                cache.Dispose();
            }
        }
    }

    private DecoderModel Model => model;
}
