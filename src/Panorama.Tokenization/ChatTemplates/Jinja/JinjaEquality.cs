using System.Diagnostics.CodeAnalysis;

namespace Panorama.Tokenization.ChatTemplates.Jinja;

/// <summary>Python's equality and order of values.</summary>
internal sealed class JinjaEquality : IEqualityComparer<JinjaValue>
{
    private const int Deepest = 100;

    private JinjaEquality()
    {
    }

    /// <summary>The one.</summary>
    public static JinjaEquality Instance { get; } = new();

    /// <summary>Whether a value can be a key.</summary>
    public static bool IsHashable(JinjaValue value) => value is JinjaText or JinjaInt or JinjaFloat or JinjaBool or JinjaNone or JinjaLargeInt or JinjaUndefined
        || (value is JinjaList { IsTuple: true } tuple && tuple.Items.All(static item => item is not JinjaList && IsHashable(item)));

    /// <summary>The value as a number, when it is one or a truth value.</summary>
    public static bool TryNumber(JinjaValue value, out double number)
    {
        (bool isNumber, number) = value switch
        {
            JinjaInt i => (true, i.Value),
            JinjaFloat f => (true, f.Value),
            JinjaBool b => (true, b.Value ? 1 : 0),
            JinjaLargeInt large => (true, (double)large.Value),
            _ => (false, 0d),
        };
        return isNumber;
    }

    /// <summary>The value as an integer, when it is one or a truth value.</summary>
    public static bool TryInteger(JinjaValue value, out long number)
    {
        (bool isNumber, number) = value switch
        {
            JinjaInt i => (true, i.Value),
            JinjaBool b => (true, b.Value ? 1 : 0),
            _ => (false, 0L),
        };
        return isNumber;
    }

    /// <inheritdoc/>
    public bool Equals(JinjaValue? x, JinjaValue? y) => x is not null && y is not null && AreEqual(x, y, 0, run: null);

    /// <inheritdoc/>
    public int GetHashCode([DisallowNull] JinjaValue obj) => obj switch
    {
        JinjaText text => text.Value.GetHashCode(StringComparison.Ordinal),
        JinjaList list => list.Items.Count,
        JinjaNone => 1,
        _ => TryNumber(obj, out double number) ? number.GetHashCode() : 2,
    };

    /// <summary>Whether two values are equal; nested ones count as work.</summary>
    public static bool AreEqual(JinjaValue left, JinjaValue right, JinjaRun run) => AreEqual(left, right, 0, run);

    /// <summary>The order of two values, or null when they have none.</summary>
    public static int? Compare(JinjaValue left, JinjaValue right, JinjaRun run) => Compare(left, right, 0, run);

    private static int? Compare(JinjaValue left, JinjaValue right, int depth, JinjaRun run)
    {
        if (depth > Deepest) return null;
        if (left is JinjaText a && right is JinjaText b) return string.CompareOrdinal(a.Value, b.Value);
        if (TryInteger(left, out long m) && TryInteger(right, out long n)) return m.CompareTo(n);
        if (TryNumber(left, out double x) && TryNumber(right, out double y)) return x < y ? -1 : x > y ? 1 : x == y ? 0 : null;
        if (left is not JinjaList first || right is not JinjaList second || first.IsTuple != second.IsTuple) return null;
        for (int i = 0; i < first.Items.Count && i < second.Items.Count; i++)
            if (!AreEqual(first.Items[i], second.Items[i], depth + 1, run)) return Compare(first.Items[i], second.Items[i], depth + 1, run);
        return first.Items.Count.CompareTo(second.Items.Count);
    }

    private static bool AreEqual(JinjaValue left, JinjaValue right, int depth, JinjaRun? run)
    {
        run?.Charge();
        if (ReferenceEquals(left, right)) return true;
        if (depth > Deepest) return false;
        return (left, right) switch
        {
            (JinjaText a, JinjaText b) => string.Equals(a.Value, b.Value, StringComparison.Ordinal),
            (JinjaUndefined, JinjaUndefined) => true,
            (JinjaLargeInt a, JinjaLargeInt b) => a.Value == b.Value,
            (JinjaList a, JinjaList b) => a.IsTuple == b.IsTuple && a.Items.Count == b.Items.Count && AreEqual(a, b, depth, run),
            (JinjaDict a, JinjaDict b) => a.Items.Count == b.Items.Count && a.Items.All(pair => b.Items.TryGetValue(pair.Key, out JinjaValue? other) && AreEqual(pair.Value, other, depth + 1, run)),
            _ => TryInteger(left, out long m) && TryInteger(right, out long n) ? m == n : TryNumber(left, out double x) && TryNumber(right, out double y) && x == y,
        };
    }

    private static bool AreEqual(JinjaList left, JinjaList right, int depth, JinjaRun? run)
    {
        for (int i = 0; i < left.Items.Count; i++)
            if (!AreEqual(left.Items[i], right.Items[i], depth + 1, run)) return false;
        return true;
    }
}
