using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Panorama.Data.Sources.Xml;

/// <summary>Short C#-like names of the types written in documentation ids.</summary>
internal static class TypeNames
{
    private const int DeepestNesting = 16;

    private static readonly FrozenDictionary<string, string> Aliases = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["System.Boolean"] = "bool",
        ["System.Byte"] = "byte",
        ["System.SByte"] = "sbyte",
        ["System.Char"] = "char",
        ["System.Int16"] = "short",
        ["System.UInt16"] = "ushort",
        ["System.Int32"] = "int",
        ["System.UInt32"] = "uint",
        ["System.Int64"] = "long",
        ["System.UInt64"] = "ulong",
        ["System.IntPtr"] = "nint",
        ["System.UIntPtr"] = "nuint",
        ["System.Single"] = "float",
        ["System.Double"] = "double",
        ["System.Decimal"] = "decimal",
        ["System.String"] = "string",
        ["System.Object"] = "object",
        ["System.Void"] = "void",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Renders a parameter type: <c>System.Collections.Generic.IEnumerable{`0}</c> becomes <c>IEnumerable&lt;T&gt;</c>.</summary>
    /// <param name="raw">The type as ids write it.</param>
    /// <param name="ofType">Names of the declaring types' parameters, outermost first.</param>
    /// <param name="ofMethod">Names of the method's own type parameters.</param>
    public static string Short(string raw, IReadOnlyList<string> ofType, IReadOnlyList<string> ofMethod)
    {
        int position = 0;
        var text = new StringBuilder();
        // What the grammar does not know (function pointers, custom modifiers) stays as it is written.
        return Append(text, raw, ref position, ofType, ofMethod, 0) && position == raw.Length ? text.ToString() : raw;
    }

    /// <summary>The last part of a type's name with its arity made readable: <c>List`1</c> becomes <c>List&lt;T&gt;</c>.</summary>
    /// <param name="segment">One dotted part of a name.</param>
    /// <param name="names">The type parameters' names, if known.</param>
    public static string WithParameters(string segment, IReadOnlyList<string>? names = null)
    {
        (string name, int arity) = DocumentationId.Arity(segment);
        if (arity == 0)
            return name;
        if (names is null || names.Count != arity)
            names = DefaultParameters(arity);
        return $"{name}<{string.Join(", ", names)}>";
    }

    /// <summary>T, or T1, T2 … when the names are not known.</summary>
    /// <param name="arity">How many.</param>
    public static IReadOnlyList<string> DefaultParameters(int arity) => arity == 1
        ? ["T"]
        : [.. Enumerable.Range(1, arity).Select(i => string.Create(CultureInfo.InvariantCulture, $"T{i}"))];

    private static bool Append(
        StringBuilder text, string raw, ref int position, IReadOnlyList<string> ofType, IReadOnlyList<string> ofMethod, int depth)
    {
        if (depth > DeepestNesting || position >= raw.Length)
            return false;
        int start = text.Length;
        if (raw[position] == '`')
        {
            if (!AppendParameter(text, raw, ref position, ofType, ofMethod))
                return false;
        }
        else if (!AppendName(text, raw, ref position, ofType, ofMethod, depth))
        {
            return false;
        }

        return AppendSuffixes(text, raw, ref position, start);
    }

    private static bool AppendName(
        StringBuilder text, string raw, ref int position, IReadOnlyList<string> ofType, IReadOnlyList<string> ofMethod, int depth)
    {
        int start = position;
        while (position < raw.Length && raw[position] is not ('{' or '}' or ',' or '[' or '*' or '@' or '`' or '='))
            position++;
        string name = raw[start..position];
        if (name.Length == 0)
            return false;
        text.Append(Aliases.TryGetValue(name, out string? alias) ? alias : name[(name.LastIndexOf('.') + 1)..]);
        if (position == raw.Length || raw[position] != '{')
            return true;
        bool nullable = string.Equals(name, "System.Nullable", StringComparison.Ordinal);
        if (nullable)
            text.Length -= "Nullable".Length;
        else
            text.Append('<');
        do
        {
            if (raw[position] == ',')
                text.Append(", ");
            position++;
            if (!Append(text, raw, ref position, ofType, ofMethod, depth + 1) || position == raw.Length)
                return false;
        }
        while (raw[position] == ',');
        if (raw[position++] != '}')
            return false;
        text.Append(nullable ? '?' : '>');
        if (position == raw.Length || raw[position] != '.')
            return true;
        position++;
        text.Append('.'); // a type nested in a generic one
        return AppendName(text, raw, ref position, ofType, ofMethod, depth + 1);
    }

    private static bool AppendParameter(
        StringBuilder text, string raw, ref int position, IReadOnlyList<string> ofType, IReadOnlyList<string> ofMethod)
    {
        position++;
        bool method = position < raw.Length && raw[position] == '`';
        if (method)
            position++;
        int start = position;
        while (position < raw.Length && char.IsAsciiDigit(raw[position]))
            position++;
        if (!int.TryParse(raw.AsSpan(start, position - start), NumberStyles.None, CultureInfo.InvariantCulture, out int index))
            return false;
        IReadOnlyList<string> names = method ? ofMethod : ofType;
        if (index < names.Count)
            text.Append(names[index]);
        else
            text.Append('T').Append(index.ToString(CultureInfo.InvariantCulture));
        return true;
    }

    private static bool AppendSuffixes(StringBuilder text, string raw, ref int position, int start)
    {
        while (position < raw.Length)
        {
            switch (raw[position])
            {
                case '@':
                    text.Insert(start, "ref ");
                    position++;
                    break;
                case '*':
                    text.Append('*');
                    position++;
                    break;
                case '[':
                    int close = raw.IndexOf(']', position);
                    if (close < 0)
                        return false;
                    text.Append('[').Append(',', raw.AsSpan(position, close - position).Count(',')).Append(']');
                    position = close + 1;
                    break;
                default:
                    return true;
            }
        }

        return true;
    }
}
