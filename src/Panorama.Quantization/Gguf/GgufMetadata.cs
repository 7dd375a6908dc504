using System.Collections;
using System.Diagnostics.CodeAnalysis;
using Panorama.Core.IO;

namespace Panorama.Quantization.Gguf;

/// <summary>
/// The metadata of a file, in its order. Each kind has two readers: Find… returns null when the key is missing, the other
/// one throws; both throw when the value has another kind.
/// </summary>
public sealed class GgufMetadata : IReadOnlyList<KeyValuePair<string, GgufValue>>
{
    private readonly string _path;
    private readonly List<KeyValuePair<string, GgufValue>> _entries = [];
    private readonly Dictionary<string, GgufValue> _byKey = new(StringComparer.Ordinal);

    internal GgufMetadata(string path) => _path = path;

    /// <inheritdoc/>
    public int Count => _entries.Count;

    /// <inheritdoc/>
    public KeyValuePair<string, GgufValue> this[int index] => _entries[index];

    /// <summary>Finds a value.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value found.</param>
    public bool TryGet(string key, [NotNullWhen(true)] out GgufValue? value) => _byKey.TryGetValue(key, out value);

    /// <summary>A text, or null.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="GgufException">The value is no string of valid UTF-8.</exception>
    public string? FindText(string key) => !TryGet(key, out GgufValue? value) ? null : value.TryText(out string text) ? text : throw WrongKind(key, value, "a string of valid UTF-8");

    /// <summary>A text.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="GgufException">It is missing, or no string of valid UTF-8.</exception>
    public string Text(string key) => FindText(key) ?? throw Missing(key);

    /// <summary>An integer of any width, or null.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="GgufException">The value is no integer.</exception>
    public long? FindInteger(string key) => !TryGet(key, out GgufValue? value) ? null : value.TryInteger(out long integer) ? integer : throw WrongKind(key, value, "an integer");

    /// <summary>An integer of any width.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="GgufException">It is missing, or no integer.</exception>
    public long Integer(string key) => FindInteger(key) ?? throw Missing(key);

    /// <summary>A number, or null.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="GgufException">The value is no number.</exception>
    public double? FindNumber(string key) => !TryGet(key, out GgufValue? value) ? null : value.TryNumber(out double number) ? number : throw WrongKind(key, value, "a number");

    /// <summary>A number.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="GgufException">It is missing, or no number.</exception>
    public double Number(string key) => FindNumber(key) ?? throw Missing(key);

    /// <summary>A boolean, or null.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="GgufException">The value is no boolean.</exception>
    public bool? FindFlag(string key) => !TryGet(key, out GgufValue? value) ? null : value.TryFlag(out bool flag) ? flag : throw WrongKind(key, value, "a boolean");

    /// <summary>An array of strings, or null.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="GgufException">The value is no array of strings.</exception>
    public GgufStrings? FindStrings(string key) => !TryGet(key, out GgufValue? value) ? null : value.TryStrings(out GgufStrings strings) ? strings : throw WrongKind(key, value, "an array of strings");

    /// <summary>An array of strings.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="GgufException">It is missing, or no array of strings.</exception>
    public GgufStrings Strings(string key) => FindStrings(key) ?? throw Missing(key);

    /// <summary>An array of numbers stored as the type asked for (see <see cref="GgufValue.TryNumbers"/>), or null.</summary>
    /// <typeparam name="T">The number's type, such as float or int.</typeparam>
    /// <param name="key">The key.</param>
    /// <exception cref="GgufException">The value is no such array.</exception>
    public T[]? FindNumbers<T>(string key)
        where T : unmanaged =>
        !TryGet(key, out GgufValue? value) ? null : value.TryNumbers(out T[] numbers) ? numbers : throw WrongKind(key, value, $"an array of {typeof(T).Name}");

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, GgufValue>> GetEnumerator() => _entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal bool TryAdd(string key, GgufValue value)
    {
        if (!_byKey.TryAdd(key, value))
        {
            return false;
        }

        _entries.Add(new(key, value));
        return true;
    }

    private GgufException Missing(string key) => new(_path, GgufRule.MissingKey, $"has no metadata {Shown.Quote(key)}.");

    private GgufException WrongKind(string key, GgufValue value, string needed) => new(_path, GgufRule.KeyKind, $"metadata {Shown.Quote(key)} is {value}; {needed} is needed.");
}
