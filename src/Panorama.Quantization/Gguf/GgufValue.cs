using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Panorama.Quantization.Gguf;

/// <summary>
/// A metadata value, kept in the layout of the file. One that was read points into the mapped file, so that a large
/// vocabulary takes no memory until it is asked for; it is valid until the file is closed.
/// </summary>
public sealed class GgufValue
{
    private readonly ReadOnlyMemory<byte> _payload;

    internal GgufValue(GgufKind kind, ReadOnlyMemory<byte> payload, GgufKind elementKind = default, long count = 1) =>
        (Kind, _payload, ElementKind, Count) = (kind, payload, elementKind, count);

    /// <summary>What it is.</summary>
    public GgufKind Kind { get; }

    /// <summary>What the elements of an array are.</summary>
    public GgufKind ElementKind { get; }

    /// <summary>Elements of an array; 1 for other kinds.</summary>
    public long Count { get; }

    /// <summary>The value's bytes: of an array the elements, of a string the length and the text.</summary>
    internal ReadOnlySpan<byte> Payload => _payload.Span;

    /// <summary>A 32-bit unsigned integer.</summary>
    /// <param name="value">The value.</param>
    public static GgufValue Of(uint value) => Scalar(GgufKind.UInt32, value);

    /// <summary>A 32-bit signed integer.</summary>
    /// <param name="value">The value.</param>
    public static GgufValue Of(int value) => Scalar(GgufKind.Int32, value);

    /// <summary>A 64-bit unsigned integer.</summary>
    /// <param name="value">The value.</param>
    public static GgufValue Of(ulong value) => Scalar(GgufKind.UInt64, value);

    /// <summary>A 64-bit signed integer.</summary>
    /// <param name="value">The value.</param>
    public static GgufValue Of(long value) => Scalar(GgufKind.Int64, value);

    /// <summary>A single-precision number.</summary>
    /// <param name="value">The value.</param>
    public static GgufValue Of(float value) => Scalar(GgufKind.Float32, value);

    /// <summary>A double-precision number.</summary>
    /// <param name="value">The value.</param>
    public static GgufValue Of(double value) => Scalar(GgufKind.Float64, value);

    /// <summary>A boolean.</summary>
    /// <param name="value">The value.</param>
    public static GgufValue Of(bool value) => Scalar(GgufKind.Bool, value ? (byte)1 : (byte)0);

    /// <summary>A text.</summary>
    /// <param name="value">Valid Unicode.</param>
    public static GgufValue Of(string value) => new(GgufKind.String, GgufStrings.Pack([value]));

    /// <summary>An array of texts.</summary>
    /// <param name="values">Valid Unicode each.</param>
    public static GgufValue Of(IReadOnlyCollection<string> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return new GgufValue(GgufKind.Array, GgufStrings.Pack(values), GgufKind.String, values.Count);
    }

    /// <summary>An array of numbers: byte, sbyte, ushort, short, uint, int, ulong, long, float, double or bool.</summary>
    /// <typeparam name="T">The number's type.</typeparam>
    /// <param name="values">The numbers.</param>
    /// <exception cref="ArgumentException">The type has no kind in the format.</exception>
    public static GgufValue OfNumbers<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        if (KindOf<T>() is not { } kind)
        {
            throw new ArgumentException($"{typeof(T).Name} has no kind in the format", nameof(values));
        }

        return new GgufValue(GgufKind.Array, MemoryMarshal.AsBytes(values).ToArray(), kind, values.Length);
    }

    /// <summary>Reads a string.</summary>
    /// <param name="text">The text.</param>
    /// <returns>Whether this is a string of valid UTF-8.</returns>
    public bool TryText(out string text) => GgufStrings.TryDecode(Kind == GgufKind.String ? Payload[sizeof(long)..] : [0xFF], out text);

    /// <summary>Reads an integer of any width.</summary>
    /// <param name="value">The value.</param>
    /// <returns>Whether this is an integer of at most 63 bits.</returns>
    public bool TryInteger(out long value)
    {
        ReadOnlySpan<byte> p = Payload;
        value = Kind switch
        {
            GgufKind.UInt8 => p[0],
            GgufKind.Int8 => (sbyte)p[0],
            GgufKind.UInt16 => BinaryPrimitives.ReadUInt16LittleEndian(p),
            GgufKind.Int16 => BinaryPrimitives.ReadInt16LittleEndian(p),
            GgufKind.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(p),
            GgufKind.Int32 => BinaryPrimitives.ReadInt32LittleEndian(p),
            GgufKind.UInt64 or GgufKind.Int64 => BinaryPrimitives.ReadInt64LittleEndian(p),
            _ => 0,
        };
        return Kind is GgufKind.UInt8 or GgufKind.Int8 or GgufKind.UInt16 or GgufKind.Int16 or GgufKind.UInt32 or GgufKind.Int32 or GgufKind.Int64
            || (Kind == GgufKind.UInt64 && value >= 0);
    }

    /// <summary>Reads a number: floating-point or integer.</summary>
    /// <param name="value">The value; a large integer is rounded.</param>
    /// <returns>Whether this is a number.</returns>
    public bool TryNumber(out double value)
    {
        if (TryInteger(out long integer))
        {
            value = integer;
            return true;
        }

        value = Kind switch
        {
            GgufKind.Float32 => BinaryPrimitives.ReadSingleLittleEndian(Payload),
            GgufKind.Float64 => BinaryPrimitives.ReadDoubleLittleEndian(Payload),
            GgufKind.UInt64 => BinaryPrimitives.ReadUInt64LittleEndian(Payload),
            _ => 0,
        };
        return Kind is GgufKind.Float32 or GgufKind.Float64 or GgufKind.UInt64;
    }

    /// <summary>Reads a boolean.</summary>
    /// <param name="value">The value.</param>
    /// <returns>Whether this is a boolean.</returns>
    public bool TryFlag(out bool value)
    {
        value = Kind == GgufKind.Bool && Payload[0] != 0;
        return Kind == GgufKind.Bool;
    }

    /// <summary>Reads an array of strings, without decoding them.</summary>
    /// <param name="strings">The strings; empty when this is something else.</param>
    /// <returns>Whether this is an array of strings.</returns>
    public bool TryStrings(out GgufStrings strings)
    {
        bool holds = Kind == GgufKind.Array && ElementKind == GgufKind.String;
        strings = holds ? new GgufStrings(_payload, (int)Count) : GgufStrings.Empty;
        return holds;
    }

    /// <summary>Reads an array of numbers stored as the type asked for; integers of 32 bits also as those of the other sign.</summary>
    /// <typeparam name="T">The number's type, such as float or int.</typeparam>
    /// <param name="values">A copy of the numbers; empty when this is something else.</param>
    /// <returns>Whether this is an array of such numbers.</returns>
    public bool TryNumbers<T>(out T[] values)
        where T : unmanaged
    {
        bool holds = Kind == GgufKind.Array && (KindOf<T>() == ElementKind
            || (Unsafe.SizeOf<T>() == sizeof(int) && KindOf<T>() is GgufKind.Int32 or GgufKind.UInt32 && ElementKind is GgufKind.Int32 or GgufKind.UInt32));
        values = holds ? MemoryMarshal.Cast<byte, T>(Payload).ToArray() : [];
        return holds;
    }

    /// <summary>Kind and value, shortened, as error messages show them.</summary>
    public override string ToString() => Kind == GgufKind.Array ? $"array of {Count} {ElementKind}" : Kind.ToString();

    private static GgufValue Scalar<T>(GgufKind kind, T value)
        where T : unmanaged
    {
        byte[] payload = new byte[Unsafe.SizeOf<T>()];
        MemoryMarshal.Write(payload, value);
        return new GgufValue(kind, payload);
    }

    private static GgufKind? KindOf<T>() => default(T) switch
    {
        byte => GgufKind.UInt8,
        sbyte => GgufKind.Int8,
        ushort => GgufKind.UInt16,
        short => GgufKind.Int16,
        uint => GgufKind.UInt32,
        int => GgufKind.Int32,
        ulong => GgufKind.UInt64,
        long => GgufKind.Int64,
        float => GgufKind.Float32,
        double => GgufKind.Float64,
        bool => GgufKind.Bool,
        _ => null,
    };
}
