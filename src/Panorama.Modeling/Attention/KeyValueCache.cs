using static TorchSharp.torch;

namespace Panorama.Modeling.Attention;

/// <summary>Keys and values of the tokens seen so far, for one layer and one sequence, grown by doubling.</summary>
public sealed class KeyValueCache : IDisposable
{
    private Tensor? _keys_BKTE;
    private Tensor? _values_BKTE;

    /// <summary>Tokens held.</summary>
    public long Length { get; private set; }

    /// <summary>Adds the keys and values of new tokens and returns all of them; the views are valid until the next call.</summary>
    /// <param name="keys_BKTE">[batch, key/value heads, new tokens, head size].</param>
    /// <param name="values_BKTE">The same shape.</param>
    public (Tensor Keys_BKTE, Tensor Values_BKTE) Append(Tensor keys_BKTE, Tensor values_BKTE)
    {
        long added = keys_BKTE.shape[2];
        Reserve(keys_BKTE, Length + added);
        _keys_BKTE!.narrow(2, Length, added).copy_(keys_BKTE);
        _values_BKTE!.narrow(2, Length, added).copy_(values_BKTE);
        Length += added;
        return (_keys_BKTE.narrow(2, 0, Length), _values_BKTE.narrow(2, 0, Length));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _keys_BKTE?.Dispose();
        _values_BKTE?.Dispose();
    }

    private void Reserve(Tensor like_BKTE, long length)
    {
        if (_keys_BKTE is not null && length <= _keys_BKTE.shape[2])
        {
            return;
        }

        long[] shape = [.. like_BKTE.shape];
        shape[2] = Math.Max(64, Math.Max(length, Length * 2));
        (_keys_BKTE, _values_BKTE) = (Grown(_keys_BKTE), Grown(_values_BKTE));

        Tensor Grown(Tensor? old)
        {
            Tensor grown = empty(shape, like_BKTE.dtype, like_BKTE.device).DetachFromDisposeScope();
            if (old is not null)
            {
                grown.narrow(2, 0, Length).copy_(old.narrow(2, 0, Length));
                old.Dispose();
            }

            return grown;
        }
    }
}
