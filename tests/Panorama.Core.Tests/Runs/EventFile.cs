using System.Buffers.Binary;
using System.Text;

namespace Panorama.Core.Tests.Runs;

/// <summary>An event as TensorBoard would see it.</summary>
internal sealed record DecodedEvent(double WallTime, long Step, string? FileVersion, bool SessionStart, List<(string Tag, float Value)> Scalars);

/// <summary>A decoder of event files that shares no code with the writer: bitwise checksums, its own protobuf reader.</summary>
internal static class EventFile
{
    public static List<DecodedEvent> Read(byte[] file)
    {
        var events = new List<DecodedEvent>();
        int at = 0;
        while (at < file.Length)
        {
            int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at));
            Assert.Equal(BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 8)), Mask(BitwiseCrc32C(file.AsSpan(at, 8))));
            Assert.Equal(BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 12 + length)), Mask(BitwiseCrc32C(file.AsSpan(at + 12, length))));
            events.Add(DecodeEvent(file.AsSpan(at + 12, length)));
            at += 16 + length;
        }

        return events;
    }

    public static uint BitwiseCrc32C(ReadOnlySpan<byte> bytes)
    {
        uint crc = 0xFFFFFFFF;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
            }
        }

        return crc ^ 0xFFFFFFFF;
    }

    private static uint Mask(uint crc) => unchecked(((crc >> 15) | (crc << 17)) + 0xa282ead8u);

    private static DecodedEvent DecodeEvent(ReadOnlySpan<byte> bytes)
    {
        var scalars = new List<(string, float)>();
        double wallTime = 0;
        long step = 0;
        string? version = null;
        bool start = false;
        while (!bytes.IsEmpty)
        {
            (int field, ulong number, ReadOnlySpan<byte> payload) = Next(ref bytes);
            switch (field)
            {
                case 1:
                    wallTime = BitConverter.UInt64BitsToDouble(number);
                    break;
                case 2:
                    step = (long)number;
                    break;
                case 3:
                    version = Encoding.UTF8.GetString(payload);
                    break;
                case 5:
                    DecodeSummary(payload, scalars);
                    break;
                case 7:
                    start = payload.SequenceEqual<byte>([0x08, 0x01]);
                    break;
                default:
                    Assert.Fail($"event field {field}");
                    break;
            }
        }

        return new DecodedEvent(wallTime, step, version, start, scalars);
    }

    private static void DecodeSummary(ReadOnlySpan<byte> bytes, List<(string Tag, float Value)> scalars)
    {
        while (!bytes.IsEmpty)
        {
            (int field, _, ReadOnlySpan<byte> value) = Next(ref bytes);
            Assert.Equal(1, field);
            string tag = "";
            float number = 0;
            while (!value.IsEmpty)
            {
                (int inner, ulong bits, ReadOnlySpan<byte> text) = Next(ref value);
                if (inner == 1)
                {
                    tag = Encoding.UTF8.GetString(text);
                }
                else
                {
                    Assert.Equal(2, inner);
                    number = BitConverter.UInt32BitsToSingle((uint)bits);
                }
            }

            scalars.Add((tag, number));
        }
    }

    private static Field Next(ref ReadOnlySpan<byte> bytes)
    {
        ulong key = Varint(ref bytes);
        int field = (int)(key >> 3);
        switch (key & 7)
        {
            case 0:
                return new Field(field, Varint(ref bytes), default);
            case 1:
                ulong eight = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
                bytes = bytes[8..];
                return new Field(field, eight, default);
            case 5:
                uint four = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
                bytes = bytes[4..];
                return new Field(field, four, default);
            default:
                int length = (int)Varint(ref bytes);
                ReadOnlySpan<byte> payload = bytes[..length];
                bytes = bytes[length..];
                return new Field(field, 0, payload);
        }
    }

    private static ulong Varint(ref ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte b = bytes[0];
            bytes = bytes[1..];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return value;
            }
        }
    }

    private readonly ref struct Field(int number, ulong bits, ReadOnlySpan<byte> payload)
    {
        private readonly int _number = number;
        private readonly ulong _bits = bits;
        private readonly ReadOnlySpan<byte> _payload = payload;

        public void Deconstruct(out int number, out ulong bits, out ReadOnlySpan<byte> payload)
        {
            number = _number;
            bits = _bits;
            payload = _payload;
        }
    }
}
