using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Panorama.Core.Errors;
using Panorama.Data.Chats;
using Panorama.Data.Questions;
using Panorama.Data.Rejects;
using Panorama.Tokenization;
using Panorama.Tokenization.ChatTemplates;

namespace Panorama.Training;

/// <summary>Reads and encodes chats to train on and to measure on.</summary>
/// <param name="tokenizer">The model's tokenizer.</param>
/// <param name="template">The model's chat template.</param>
/// <param name="contextLength">Longest sequence of the model.</param>
/// <param name="folder">The run's folder: rejected records go there.</param>
/// <param name="listener">Told what was read and what was left out.</param>
public sealed class ChatLoader(Tokenizer tokenizer, ChatTemplate template, int contextLength, string folder, ITrainingListener listener)
{
    /// <summary>Loads all chats of some files.</summary>
    /// <param name="paths">Files and folders.</param>
    /// <param name="format">Their format.</param>
    /// <param name="name">What they are for: names the rejects file.</param>
    /// <exception cref="InputException">A file is missing or its format is not known.</exception>
    /// <exception cref="JobException">Too large a share of the records of a file is broken.</exception>
    public IReadOnlyList<ChatTokens> Load(IReadOnlyList<string> paths, ChatFormat format, string name)
    {
        List<ChatTokens> kept = [];
        string rejectsPath = Path.Combine(folder, name + ".rejects.jsonl");
        using var rejects = new RejectLedger(rejectsPath);
        foreach (string path in ChatFiles.Find(paths))
        {
            int tooLong = 0, unanswered = 0;
            foreach (ChatRecord chat in ChatFiles.Read(path, format, rejects, summary => Tell(summary, rejectsPath)))
            {
                ChatTokens tokens = template.EncodeWithMask(tokenizer, chat.Messages);
                bool fits = tokens.Ids.Length <= contextLength + 1, answered = tokens.IsAnswer.Contains(true);
                if (fits && answered)
                {
                    kept.Add(tokens);
                }

                (tooLong, unanswered) = (tooLong + (fits ? 0 : 1), unanswered + (answered ? 0 : 1));
            }

            if (tooLong + unanswered > 0)
            {
                listener.Warned($"{path}: {tooLong:N0} chats are longer than the model's {contextLength + 1} tokens, {unanswered:N0} have no answer; they are left out");
            }
        }

        return kept;
    }

    /// <summary>Sets a share of the chats aside. Which ones depends on their content and the seed alone, so that the same chat is never on both sides.</summary>
    /// <param name="chats">All chats.</param>
    /// <param name="share">The share, in (0, 1).</param>
    /// <param name="seed">The seed.</param>
    public static (IReadOnlyList<ChatTokens> Training, IReadOnlyList<ChatTokens> HeldOut) Split(IReadOnlyList<ChatTokens> chats, double share, ulong seed)
    {
        ILookup<bool, ChatTokens> sides = chats.ToLookup(c => Draw(c, seed) < share);
        return ([.. sides[false]], [.. sides[true]]);
    }

    /// <summary>The share that a setting asks for, or <see langword="null"/> when it names a file or nothing.</summary>
    /// <param name="heldOut">The setting.</param>
    public static double? Share(string heldOut) => double.TryParse(heldOut, NumberStyles.Float, CultureInfo.InvariantCulture, out double share) ? share : null;

    private static double Draw(ChatTokens chat, ulong seed)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, seed);
        hash.AppendData(bytes);
        hash.AppendData(MemoryMarshal.AsBytes(chat.Ids.AsSpan()));
        return (BinaryPrimitives.ReadUInt64LittleEndian(hash.GetHashAndReset()) >> 11) * (1.0 / (1UL << 53));
    }

    private void Tell(ChatFileSummary summary, string rejectsPath)
    {
        listener.Noted($"{summary.Path}: {summary.Chats:N0} chats in the format {Name(summary.Format)}{(summary.Detected ? " (found by its first records)" : "")}");
        if (summary.Broken > 0)
        {
            listener.Warned($"{summary.Path}: {summary.Broken:N0} broken records are left out; {rejectsPath} names file, line and reason of each");
        }
    }

    private static string Name(ChatFormat format) => format == ChatFormat.PromptCompletion ? "prompt_completion" : format.ToString().ToLowerInvariant();
}
