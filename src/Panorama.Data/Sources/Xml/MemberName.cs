using System.Collections.Frozen;
using System.Text;

namespace Panorama.Data.Sources.Xml;

/// <summary>How an API member is shown: its full dotted name without parameters, and a short signature with them.</summary>
/// <param name="Full">For example <c>System.Collections.Generic.List&lt;T&gt;.Add</c>.</param>
/// <param name="Signature">For example <c>Add(T item)</c>; the name alone for what is neither called nor indexed.</param>
/// <param name="TakesParameters">Whether the signature says more than the name: there are parameters, of values or of types.</param>
internal sealed record MemberName(string Full, string Signature, bool TakesParameters)
{
    // C# language specification, annex D.4.2: operators are named by their CLS names.
    private static readonly FrozenDictionary<string, string> Operators = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["op_Addition"] = "+",
        ["op_Subtraction"] = "-",
        ["op_Multiply"] = "*",
        ["op_Division"] = "/",
        ["op_Modulus"] = "%",
        ["op_UnaryPlus"] = "+",
        ["op_UnaryNegation"] = "-",
        ["op_LogicalNot"] = "!",
        ["op_OnesComplement"] = "~",
        ["op_Increment"] = "++",
        ["op_Decrement"] = "--",
        ["op_True"] = "true",
        ["op_False"] = "false",
        ["op_BitwiseAnd"] = "&",
        ["op_BitwiseOr"] = "|",
        ["op_ExclusiveOr"] = "^",
        ["op_LeftShift"] = "<<",
        ["op_RightShift"] = ">>",
        ["op_UnsignedRightShift"] = ">>>",
        ["op_Equality"] = "==",
        ["op_Inequality"] = "!=",
        ["op_LessThan"] = "<",
        ["op_GreaterThan"] = ">",
        ["op_LessThanOrEqual"] = "<=",
        ["op_GreaterThanOrEqual"] = ">=",
        ["op_Implicit"] = "implicit",
        ["op_Explicit"] = "explicit",
        ["op_CheckedAddition"] = "checked +",
        ["op_CheckedSubtraction"] = "checked -",
        ["op_CheckedMultiply"] = "checked *",
        ["op_CheckedDivision"] = "checked /",
        ["op_CheckedUnaryNegation"] = "checked -",
        ["op_CheckedIncrement"] = "checked ++",
        ["op_CheckedDecrement"] = "checked --",
        ["op_CheckedExplicit"] = "checked explicit",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Makes the names of a member.</summary>
    /// <param name="id">Its id, taken apart.</param>
    /// <param name="typeParameters">Names of a type's own parameters by its dotted id, where they have been read.</param>
    /// <param name="own">Type parameters documented on this member itself.</param>
    /// <param name="parameterNames">Documented parameter names, used when there is one for each parameter.</param>
    public static MemberName Of(
        DocumentationId id, IReadOnlyDictionary<string, IReadOnlyList<string>> typeParameters,
        IReadOnlyList<string> own, IReadOnlyList<string> parameterNames)
    {
        List<string> ofType = [];
        var full = new StringBuilder();
        string typeId = "";
        for (int i = 0; i < id.TypeSegments; i++)
        {
            string segment = id.Segments[i];
            typeId = i == 0 ? segment : $"{typeId}.{segment}";
            int arity = DocumentationId.Arity(segment).Arity;
            IReadOnlyList<string> names = arity == 0 ? [] : Known(typeId, arity, i == id.Segments.Count - 1 ? own : null, typeParameters);
            ofType.AddRange(names);
            full.Append(i == 0 ? "" : ".").Append(TypeNames.WithParameters(segment, names));
        }

        if (id.Prefix == 'T')
            return new MemberName(full.ToString(), full.ToString(), TakesParameters: false);

        (string last, int methodArity) = DocumentationId.Arity(id.Segments[^1]);
        string name = id.IsConstructor && id.TypeSegments > 0
            ? DocumentationId.Arity(id.Segments[^2]).Name
            : Operator(DocumentationId.Readable(last));
        full.Append(full.Length == 0 ? "" : ".").Append(name);
        return new MemberName(full.ToString(), Sign(id, name, methodArity, ofType, own, parameterNames), id.Parameters.Count + methodArity > 0);
    }

    /// <summary><c>op_Addition</c> as C# writes it: <c>operator +</c>. Other names stay.</summary>
    /// <param name="name">A member's name.</param>
    public static string Operator(string name) => Operators.TryGetValue(name, out string? sign) ? $"operator {sign}" : name;

    private static IReadOnlyList<string> Known(
        string typeId, int arity, IReadOnlyList<string>? own, IReadOnlyDictionary<string, IReadOnlyList<string>> typeParameters)
    {
        if (own?.Count == arity)
            return own;
        return typeParameters.TryGetValue(typeId, out IReadOnlyList<string>? known) && known.Count == arity
            ? known
            : TypeNames.DefaultParameters(arity);
    }

    private static string Sign(
        DocumentationId id, string name, int methodArity, List<string> ofType, IReadOnlyList<string> own, IReadOnlyList<string> parameterNames)
    {
        IReadOnlyList<string> ofMethod = methodArity == 0 ? [] : own.Count == methodArity ? own : TypeNames.DefaultParameters(methodArity);
        if (id.Prefix != 'M' && id.Parameters.Count == 0)
            return name;
        var text = new StringBuilder(name);
        if (methodArity > 0)
            text.Append('<').AppendJoin(", ", ofMethod).Append('>');
        text.Append(id.Prefix == 'M' ? '(' : '[');
        for (int i = 0; i < id.Parameters.Count; i++)
        {
            text.Append(i == 0 ? "" : ", ").Append(TypeNames.Short(id.Parameters[i], ofType, ofMethod));
            if (parameterNames.Count == id.Parameters.Count)
                text.Append(' ').Append(parameterNames[i]);
        }

        return text.Append(id.Prefix == 'M' ? ')' : ']').ToString();
    }
}
