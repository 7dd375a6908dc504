using System.Reflection;
using System.Runtime.CompilerServices;

namespace Panorama.Cli.Recipes;

/// <summary>
/// What may be written in a recipe, read off a settings record: its public properties with init accessors.
/// Records nest; lists hold scalars or records.
/// </summary>
internal sealed class SettingsSchema
{
    private static readonly NullabilityInfoContext Nullability = new();

    private SettingsSchema(Type type, IReadOnlyList<SettingNode> children)
    {
        Type = type;
        Children = children;
    }

    /// <summary>The record.</summary>
    public Type Type { get; }

    /// <summary>The settings directly in it, in the order of the code.</summary>
    public IReadOnlyList<SettingNode> Children { get; }

    /// <summary>Reads a settings record.</summary>
    /// <typeparam name="T">A record with a parameterless constructor.</typeparam>
    /// <exception cref="NotSupportedException">A property has a type that recipes cannot write: a fault of the code.</exception>
    public static SettingsSchema Of<T>()
        where T : class => Of(typeof(T), "");

    /// <summary>The settings that are not sections, in order, from all depths; not those inside lists.</summary>
    public IEnumerable<SettingNode> Leaves() =>
        Children.SelectMany(child => child is SectionSetting section ? section.Section.Leaves() : [child]);

    /// <summary>A new record with its defaults. <c>required</c> members are checked by the binder.</summary>
    public object CreateDefault() => Activator.CreateInstance(Type, nonPublic: true)
        ?? throw new NotSupportedException($"{Type} cannot be made.");

    private static SettingsSchema Of(Type type, string key)
    {
        lock (Nullability) // not safe for threads by itself
        {
            List<SettingNode> children = [.. type
                .GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Where(property => property.SetMethod is { IsPublic: true })
                .Select(property => Node(property, key))];
            return new SettingsSchema(type, children);
        }
    }

    private static SettingNode Node(PropertyInfo property, string section)
    {
        string key = SettingName.Join(section, SettingName.Snake(property.Name));
        var facts = new SettingFacts(key, property, property.IsDefined(typeof(RequiredMemberAttribute)));
        Type type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        bool nullable = Nullability.Create(property).WriteState == NullabilityState.Nullable;

        if (SettingType.IsScalar(type))
            return new ScalarSetting(facts, new SettingType(type, nullable));
        if (ItemType(type) is { } item)
        {
            return SettingType.IsScalar(item)
                ? new ListSetting(facts, item, new SettingType(item, Nullable: false), null)
                : new ListSetting(facts, item, null, Of(item, key));
        }

        return RecordCopy.IsRecord(type)
            ? new SectionSetting(facts, Of(type, key), nullable)
            : throw new NotSupportedException($"{property.DeclaringType}.{property.Name}: a recipe cannot write a {type}.");
    }

    private static Type? ItemType(Type type) =>
        type.IsArray ? type.GetElementType()
        : type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? type.GetGenericArguments()[0]
        : null;
}
