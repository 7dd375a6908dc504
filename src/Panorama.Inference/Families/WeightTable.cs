using System.Diagnostics.CodeAnalysis;
using Panorama.Inference.Kernels;
using Panorama.Quantization.Formats;

namespace Panorama.Inference.Families;

/// <summary>
/// Weights by role: views into a mapped file, and copies of those that a file stores in another order, made when they are
/// first asked for. Safe for several threads.
/// </summary>
internal sealed unsafe class WeightTable : IDisposable
{
    private readonly Dictionary<(WeightRole Role, int Layer), Entry> _entries = [];
    private readonly List<NativeBuffer> _copies = [];
    private readonly Lock _lock = new();
    private bool _disposed;

    /// <summary>Writes the rows of a copy.</summary>
    /// <param name="destination">Room for all rows.</param>
    public delegate void Filler(byte* destination);

    /// <summary>Adds a weight that lies in the file as it is needed.</summary>
    public void Add(WeightRole role, int layer, WeightView view) => _entries.Add((role, layer), new Entry { View = view });

    /// <summary>Adds a weight that must be copied.</summary>
    public void AddCopy(WeightRole role, int layer, string name, TensorFormat format, int rows, int columns, Filler fill) =>
        _entries.Add((role, layer), new Entry { Make = () => Copy(name, format, rows, columns, fill) });

    /// <inheritdoc cref="IModelWeights.TryGet"/>
    public bool TryGet(WeightRole role, int layer, [NotNullWhen(true)] out WeightView? weight)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        weight = null;
        if (!_entries.TryGetValue((role, layer), out Entry? entry))
        {
            return false;
        }

        lock (_lock)
        {
            weight = entry.View ??= entry.Make!();
        }

        return true;
    }

    /// <summary>Frees the copies.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            foreach (NativeBuffer copy in _copies)
            {
                copy.Dispose();
            }

            _copies.Clear();
        }
    }

    private WeightView Copy(string name, TensorFormat format, int rows, int columns, Filler fill)
    {
        var buffer = new NativeBuffer(rows * format.RowBytes(columns));
        _copies.Add(buffer);
        fill(buffer.Pointer);
        return new WeightView(name, format, rows, columns, buffer.Pointer);
    }

    private sealed class Entry
    {
        public WeightView? View { get; set; }

        public Func<WeightView>? Make { get; init; }
    }
}
