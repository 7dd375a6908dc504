using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Panorama.Quantization.Formats;

namespace Panorama.Inference.Families;

/// <summary>
/// Weights by role: views into a mapped file, and copies of those that a file stores in another order, made when they are
/// first asked for. Safe for several threads.
/// </summary>
internal sealed unsafe class WeightTable : IDisposable
{
    private readonly Dictionary<(WeightRole Role, int Layer), Entry> _entries = [];
    private readonly List<nint> _copies = [];
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
            foreach (nint copy in _copies)
            {
                NativeMemory.AlignedFree((void*)copy);
            }

            _copies.Clear();
        }
    }

    private WeightView Copy(string name, TensorFormat format, int rows, int columns, Filler fill)
    {
        byte* data = (byte*)NativeMemory.AlignedAlloc(checked((nuint)(rows * format.RowBytes(columns))), 64);
        _copies.Add((nint)data);
        fill(data);
        return new WeightView(name, format, rows, columns, data);
    }

    private sealed class Entry
    {
        public WeightView? View { get; set; }

        public Func<WeightView>? Make { get; init; }
    }
}
