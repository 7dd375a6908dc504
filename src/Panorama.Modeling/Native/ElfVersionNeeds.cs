using System.Buffers.Binary;
using System.Text;

namespace Panorama.Modeling.Native;

/// <summary>
/// Edits the symbol-version requirements of an ELF64 little-endian shared object
/// (System V ABI, "Symbol Versioning", Linux Standard Base core specification).
/// </summary>
internal static class ElfVersionNeeds
{
    private const int SectionVersionNeeds = 0x6ffffffe; // SHT_GNU_verneed
    private const ushort FlagWeak = 0x2; // VER_FLG_WEAK

    /// <summary>Marks every requirement of version <paramref name="version"/> as weak, so that the loader warns instead of refusing.</summary>
    /// <param name="image">The whole file; changed in place.</param>
    /// <param name="version">Such as <c>GLIBCXX_3.4.32</c>.</param>
    /// <returns>How many requirements were changed.</returns>
    /// <exception cref="InvalidDataException">The file is not such an ELF object or an offset leaves it.</exception>
    public static int MakeWeak(Span<byte> image, string version)
    {
        if (image.Length < 64 || !image[..6].SequenceEqual("\u007fELF\u0002\u0001"u8))
        {
            throw new InvalidDataException("not a 64-bit little-endian ELF file");
        }

        ulong sections = Read64(image, 0x28);
        int entrySize = Read16(image, 0x3A);
        int count = Read16(image, 0x3C);
        int changed = 0;
        for (int i = 0; i < count; i++)
        {
            ulong header = sections + ((ulong)i * (ulong)entrySize);
            if (Read32(image, header + 4) != SectionVersionNeeds)
            {
                continue;
            }

            ulong offset = Read64(image, header + 0x18);
            ulong strings = Read64(image, sections + ((ulong)Read32(image, header + 0x28) * (ulong)entrySize) + 0x18);
            changed += MakeWeakIn(image, offset, (int)Read32(image, header + 0x2C), strings, version);
        }

        return changed;
    }

    private static int MakeWeakIn(Span<byte> image, ulong need, int needs, ulong strings, string version)
    {
        int changed = 0;
        for (int n = 0; n < needs; n++)
        {
            ulong auxiliary = need + Read32(image, need + 8);
            int auxiliaries = Read16(image, need + 2);
            for (int a = 0; a < auxiliaries; a++)
            {
                if (NameAt(image, strings + Read32(image, auxiliary + 8)) == version)
                {
                    Span<byte> flags = Slice(image, auxiliary + 4, 2);
                    BinaryPrimitives.WriteUInt16LittleEndian(flags, (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(flags) | FlagWeak));
                    changed++;
                }

                auxiliary += Read32(image, auxiliary + 12);
            }

            need += Read32(image, need + 12);
        }

        return changed;
    }

    private static string NameAt(Span<byte> image, ulong offset)
    {
        Span<byte> rest = Slice(image, offset, 0, toEnd: true);
        int end = rest.IndexOf((byte)0);
        return Encoding.ASCII.GetString(end < 0 ? rest : rest[..end]);
    }

    private static ushort Read16(Span<byte> image, ulong offset) => BinaryPrimitives.ReadUInt16LittleEndian(Slice(image, offset, 2));

    private static uint Read32(Span<byte> image, ulong offset) => BinaryPrimitives.ReadUInt32LittleEndian(Slice(image, offset, 4));

    private static ulong Read64(Span<byte> image, ulong offset) => BinaryPrimitives.ReadUInt64LittleEndian(Slice(image, offset, 8));

    private static Span<byte> Slice(Span<byte> image, ulong offset, int length, bool toEnd = false)
    {
        if (offset > (ulong)image.Length || (ulong)length > (ulong)image.Length - offset)
        {
            throw new InvalidDataException($"offset {offset} lies outside the file of {image.Length} bytes");
        }

        return toEnd ? image[(int)offset..] : image.Slice((int)offset, length);
    }
}
