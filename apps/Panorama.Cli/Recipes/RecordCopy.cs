using System.Reflection;

namespace Panorama.Cli.Recipes;

/// <summary>What a <c>with</c> expression does, for a record known only at run time.</summary>
internal static class RecordCopy
{
    // The compiler gives every record class a method of this name; with expressions call it.
    private const string CloneMethod = "<Clone>$";

    /// <summary>Whether a type is a record class.</summary>
    /// <param name="type">Any type.</param>
    public static bool IsRecord(Type type) => Clone(type) is not null;

    /// <summary>A copy, so that a default shared by several recipes is never written to.</summary>
    /// <param name="record">A record.</param>
    public static object Of(object record) => Clone(record.GetType())!.Invoke(record, null)!;

    private static MethodInfo? Clone(Type type) => type.GetMethod(CloneMethod, BindingFlags.Public | BindingFlags.Instance);
}
