using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Panorama.Core.Errors;
using Panorama.Core.IO;

namespace Panorama.Core.Safetensors;

/// <summary>
/// The weights of a model folder: one <c>model.safetensors</c>, or the shards named by <c>model.safetensors.index.json</c>
/// (https://huggingface.co/docs/transformers/big_models). Every shard is mapped and checked when opened.
/// </summary>
public sealed class SafetensorsModel : IDisposable
{
    /// <summary>Name of the only file of a model that is not sharded.</summary>
    public const string SingleFileName = "model.safetensors";

    /// <summary>Name of the index of a sharded model.</summary>
    public const string IndexFileName = "model.safetensors.index.json";

    private const int MaxIndexBytes = SafetensorsFormat.MaxHeaderBytes;

    private readonly SafetensorsFile[] _files;
    private readonly Dictionary<string, SafetensorsFile> _fileOf = new(StringComparer.Ordinal);

    private SafetensorsModel(string folder, SafetensorsFile[] files)
    {
        (Folder, _files) = (folder, files);
        Tensors = [.. files.SelectMany(static f => f.Tensors)];
        foreach (SafetensorsFile file in files)
        {
            foreach (TensorInfo tensor in file.Tensors)
            {
                _fileOf.Add(tensor.Name, file);
            }
        }
    }

    /// <summary>The model folder.</summary>
    public string Folder { get; }

    /// <summary>The mapped files, by name.</summary>
    public IReadOnlyList<SafetensorsFile> Files => _files;

    /// <summary>All tensors, file by file, in the order of their bytes.</summary>
    public IReadOnlyList<TensorInfo> Tensors { get; }

    /// <summary>Opens the weights of a model folder; the single file is preferred when both are there.</summary>
    /// <param name="folder">The model folder.</param>
    /// <exception cref="InputException">There are no weights, or a file cannot be read.</exception>
    /// <exception cref="SafetensorsException">A file or the index breaks a rule.</exception>
    public static SafetensorsModel Open(string folder)
    {
        string single = Path.Combine(folder, SingleFileName);
        if (File.Exists(single))
        {
            return new SafetensorsModel(folder, [SafetensorsFile.Open(single)]);
        }

        string index = Path.Combine(folder, IndexFileName);
        return File.Exists(index)
            ? OpenSharded(folder, index)
            : throw new InputException($"{folder}: has neither {SingleFileName} nor {IndexFileName}. Name a model folder in the Hugging Face layout.");
    }

    /// <summary>Takes the pages read so far out of this process's memory: see <see cref="SafetensorsFile.ReleasePages"/>.</summary>
    public void ReleasePages()
    {
        foreach (SafetensorsFile file in _files)
        {
            file.ReleasePages();
        }
    }

    /// <summary>Finds a tensor and its file.</summary>
    /// <param name="name">The exact name.</param>
    /// <param name="tensor">The tensor found.</param>
    /// <param name="file">The file that holds it; reads its bytes.</param>
    public bool TryGet(string name, [NotNullWhen(true)] out TensorInfo? tensor, [NotNullWhen(true)] out SafetensorsFile? file)
    {
        tensor = null;
        return _fileOf.TryGetValue(name, out file) && file.TryGet(name, out tensor);
    }

    /// <summary>Finds a tensor that must be there with a known shape.</summary>
    /// <param name="name">The exact name.</param>
    /// <param name="shape">The shape expected.</param>
    /// <returns>The tensor and the file that holds it.</returns>
    /// <exception cref="InvalidFileException">There is no such tensor, or its shape differs; names it and both shapes.</exception>
    public (TensorInfo Tensor, SafetensorsFile File) Require(string name, params ReadOnlySpan<long> shape)
    {
        if (!TryGet(name, out TensorInfo? tensor, out SafetensorsFile? file))
        {
            throw new InvalidFileException(Folder, $"the weights have no tensor {Shown.Quote(name)}; expected is one of shape [{string.Join(", ", shape.ToArray())}].");
        }

        return tensor.Shape.AsSpan().SequenceEqual(shape)
            ? (tensor, file)
            : throw new InvalidFileException(file.Path, $"tensor {Shown.Quote(name)} has the shape [{string.Join(", ", tensor.Shape)}]; expected is [{string.Join(", ", shape.ToArray())}].");
    }

    /// <summary>Unmaps all files.</summary>
    public void Dispose()
    {
        foreach (SafetensorsFile file in _files)
        {
            file.Dispose();
        }
    }

    private static SafetensorsModel OpenSharded(string folder, string indexPath)
    {
        Dictionary<string, string> map = ReadIndex(indexPath);
        var files = new SortedDictionary<string, SafetensorsFile>(StringComparer.Ordinal);
        try
        {
            foreach ((string tensor, string shard) in map)
            {
                if (!files.TryGetValue(shard, out SafetensorsFile? file))
                {
                    file = SafetensorsFile.Open(Path.Combine(folder, shard));
                    files.Add(shard, file);
                }

                if (!file.TryGet(tensor, out _))
                {
                    throw new SafetensorsException(indexPath, SafetensorsRule.ShardContent, $"says that tensor {Shown.Quote(tensor)} is in {shard}, which does not have it.");
                }
            }

            foreach ((string shard, SafetensorsFile file) in files)
            {
                TensorInfo? unlisted = file.Tensors.FirstOrDefault(t => !map.TryGetValue(t.Name, out string? listed) || listed != shard);
                if (unlisted is not null)
                {
                    throw new SafetensorsException(indexPath, SafetensorsRule.ShardContent, $"does not list tensor {Shown.Quote(unlisted.Name)} of {shard}.");
                }
            }

            return new SafetensorsModel(folder, [.. files.Values]);
        }
        catch
        {
            foreach (SafetensorsFile file in files.Values)
            {
                file.Dispose();
            }

            throw;
        }
    }

    private static Dictionary<string, string> ReadIndex(string path)
    {
        try
        {
            using JsonDocument document = JsonFile.Read(path, MaxIndexBytes);
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("weight_map", out JsonElement weights) || weights.ValueKind != JsonValueKind.Object)
            {
                throw new SafetensorsException(path, SafetensorsRule.Index, "has no object \"weight_map\".");
            }

            var map = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (JsonProperty entry in weights.EnumerateObject())
            {
                string shard = entry.Value.ValueKind == JsonValueKind.String
                    ? entry.Value.GetString()!
                    : throw new SafetensorsException(path, SafetensorsRule.Index, $"weight_map: the file of {Shown.Quote(entry.Name)} is not a string.");
                RequirePlain(path, shard);
                map.Add(entry.Name, shard);
            }

            return map.Count > 0 ? map : throw new SafetensorsException(path, SafetensorsRule.Index, "lists no tensor.");
        }
        catch (InvalidFileException e) when (e is not SafetensorsException)
        {
            throw new SafetensorsException(path, SafetensorsRule.Index, e.Message[(path.Length + 2)..], e);
        }
    }

    private static void RequirePlain(string path, string shard)
    {
        // Both separators and ':' are refused everywhere: an index must mean the same on every system.
        bool plain = shard.Length is > 0 and <= 255 && shard is not ("." or "..")
            && !shard.AsSpan().ContainsAny('/', '\\', ':') && !shard.Any(char.IsControl);
        if (!plain)
        {
            throw new SafetensorsException(path, SafetensorsRule.ShardName, $"names the file {Shown.Quote(shard)}; allowed are plain file names in the model's folder.");
        }
    }
}
