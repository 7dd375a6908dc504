using System.Globalization;
using System.Text.Json;
using Panorama.Core.Errors;
using Panorama.Core.IO;

namespace Panorama.Core.Safetensors;

/// <summary>
/// Writes the weights of a model folder: one file, or shards of a limited size with their index. Tensors go to shards in
/// the order they are declared, a shard taking them until the next would exceed the limit; a larger tensor gets its own.
/// The folder should be a temporary one (<see cref="AtomicFolder"/>).
/// </summary>
public sealed class SafetensorsModelWriter : IDisposable
{
    /// <summary>The usual limit of a shard: 5 GB, the default of the Hugging Face hub's tools.</summary>
    public const long DefaultMaxShardBytes = 5_000_000_000;

    private readonly string _folder;
    private readonly List<SafetensorsWriter> _writers = [];
    private readonly SortedDictionary<string, SafetensorsWriter> _writerOf = new(StringComparer.Ordinal);
    private readonly long _totalBytes;

    private SafetensorsModelWriter(string folder, List<List<TensorInfo>> shards, IReadOnlyDictionary<string, string>? metadata)
    {
        _folder = folder;
        try
        {
            for (int i = 0; i < shards.Count; i++)
            {
                string name = shards.Count == 1
                    ? SafetensorsModel.SingleFileName
                    : string.Create(CultureInfo.InvariantCulture, $"model-{i + 1:D5}-of-{shards.Count:D5}.safetensors");
                var writer = SafetensorsWriter.Create(Path.Combine(folder, name), shards[i], metadata);
                _writers.Add(writer);
                foreach (TensorInfo tensor in shards[i])
                {
                    _totalBytes += tensor.ByteCount;
                    if (!_writerOf.TryAdd(tensor.Name, writer))
                    {
                        throw new ArgumentException($"{tensor.Name} is declared twice", nameof(shards));
                    }
                }
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Starts the weights of a model.</summary>
    /// <param name="folder">An existing folder without weights.</param>
    /// <param name="tensors">All tensors, names unique, in the order they should be grouped.</param>
    /// <param name="maxShardBytes">Most bytes of tensors in one file.</param>
    /// <param name="metadata">Strings for every file; <see langword="null"/>: <c>format = pt</c>, which other readers of model folders demand.</param>
    /// <exception cref="ArgumentException">A name appears twice, or there is no tensor.</exception>
    /// <exception cref="JobException">A file cannot be written.</exception>
    public static SafetensorsModelWriter Create(
        string folder,
        IEnumerable<TensorInfo> tensors,
        long maxShardBytes = DefaultMaxShardBytes,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxShardBytes, 1);
        var shards = new List<List<TensorInfo>>();
        long room = 0;
        foreach (TensorInfo tensor in tensors)
        {
            if (shards.Count == 0 || tensor.ByteCount > room)
            {
                shards.Add([]);
                room = maxShardBytes;
            }

            shards[^1].Add(tensor);
            room -= tensor.ByteCount;
        }

        return shards.Count > 0
            ? new SafetensorsModelWriter(folder, shards, metadata ?? new Dictionary<string, string>(StringComparer.Ordinal) { ["format"] = "pt" })
            : throw new ArgumentException("a model has at least one tensor", nameof(tensors));
    }

    /// <inheritdoc cref="SafetensorsWriter.Append(string, ReadOnlySpan{byte})"/>
    public void Append(string name, ReadOnlySpan<byte> bytes) => WriterOf(name).Append(name, bytes);

    /// <inheritdoc cref="SafetensorsWriter.AppendValues{T}(string, ReadOnlySpan{T})"/>
    public void AppendValues<T>(string name, ReadOnlySpan<T> values)
        where T : unmanaged => WriterOf(name).AppendValues(name, values);

    /// <summary>Completes every file, then writes the index of a sharded model.</summary>
    /// <inheritdoc cref="SafetensorsWriter.Complete" path="/exception"/>
    public void Complete()
    {
        foreach (SafetensorsWriter writer in _writers)
        {
            writer.Complete();
        }

        if (_writers.Count > 1)
        {
            AtomicFile.WriteAllBytes(Path.Combine(_folder, SafetensorsModel.IndexFileName), JsonText.Indented(WriteIndex));
        }
    }

    /// <summary>Closes the files; those that are not complete are deleted.</summary>
    public void Dispose()
    {
        foreach (SafetensorsWriter writer in _writers)
        {
            writer.Dispose();
        }
    }

    private SafetensorsWriter WriterOf(string name) =>
        _writerOf.TryGetValue(name, out SafetensorsWriter? writer) ? writer : throw new ArgumentException($"{name} was not declared", nameof(name));

    private void WriteIndex(Utf8JsonWriter json)
    {
        json.WriteStartObject("metadata");
        json.WriteNumber("total_size", _totalBytes);
        json.WriteEndObject();
        json.WriteStartObject("weight_map");
        foreach ((string tensor, SafetensorsWriter writer) in _writerOf)
        {
            json.WriteString(tensor, Path.GetFileName(writer.Path));
        }

        json.WriteEndObject();
    }
}
