using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Panorama.Data.Documents;
using Panorama.Data.Rejects;

namespace Panorama.Data.Dedup;

/// <summary>
/// Drops documents whose text came before. Two texts are the same when they agree after lower-casing every character and
/// making every run of white space one space, none at the ends; they are compared by the first 128 bits of its SHA-256.
/// Takes documents one by one: usable on streams, with 16 bytes and the kept id in memory for each kept document.
/// </summary>
/// <param name="text">What of a document is compared.</param>
public sealed class ExactDeduplicator(Func<Document, string> text)
{
    /// <summary>The step's name in the ledger and the funnel.</summary>
    public const string Step = "exact_dedup";

    private readonly Dictionary<UInt128, string> _seen = [];

    /// <summary>Whether a document is the first with its text; the others are recorded with the first one's id.</summary>
    /// <param name="document">The next document.</param>
    /// <param name="rejects">Where duplicates go.</param>
    public bool IsNew(Document document, RejectLedger rejects)
    {
        ref string? first = ref CollectionsMarshal.GetValueRefOrAddDefault(_seen, Key(text(document)), out bool known);
        if (!known)
        {
            first = document.Id;
            return true;
        }

        rejects.Add(Step, DropReason.ExactDuplicate, document, first);
        return false;
    }

    /// <summary>The key by which texts are compared.</summary>
    /// <param name="text">Any text.</param>
    internal static UInt128 Key(string text)
    {
        char[] rented = ArrayPool<char>.Shared.Rent(text.Length + 1);
        int length = 0;
        bool space = false;
        foreach (char c in text)
        {
            if (char.IsWhiteSpace(c))
            {
                space = length > 0;
                continue;
            }

            if (space)
                rented[length++] = ' ';
            space = false;
            rented[length++] = char.ToLowerInvariant(c);
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(rented.AsSpan(0, length)), hash);
        ArrayPool<char>.Shared.Return(rented);
        return MemoryMarshal.Read<UInt128>(hash);
    }
}
