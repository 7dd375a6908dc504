using System.Text;
using Panorama.Core.Errors;
using Panorama.Core.IO;

namespace Panorama.Tokenization.Serialization;

/// <summary>Finds the tokenizer file that a path means and reads it by what it holds.</summary>
internal static class TokenizerFile
{
    /// <summary>The largest file that is read, in bytes; the largest published ones have about 40 MB.</summary>
    public const int LargestFile = 256 << 20;

    private static readonly string[] Names =
    [
        TokenizerJsonReader.FileName, "tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "spm.model", "qwen.tiktoken", "vocab.json", "encoder.json", "vocab.txt",
    ];

    /// <summary>Reads a tokenizer.</summary>
    /// <param name="path">A file, or a folder that holds one.</param>
    public static TokenizerDefinition Read(string path)
    {
        string file = Find(path);
        byte[] bytes = InputFile.ReadAllBytes(file, LargestFile);
        ReadOnlySpan<byte> start = bytes.AsSpan();
        if (start.StartsWith("\uFEFF"u8)) start = start[3..];
        start = start[..Math.Min(start.Length, 4096)].TrimStart(" \t\r\n"u8);

        if (VocabularyTextReader.IsVocabulary(bytes)) return VocabularyTextReader.Read(file, bytes);
        if (start.StartsWith("{"u8) || start.StartsWith("["u8)) return VocabularyJsonReader.IsVocabulary(bytes) ? VocabularyJsonReader.Read(file, bytes) : TokenizerJsonReader.Read(file, WithoutMark(bytes));
        if (SentencePieceReader.IsModel(bytes)) return SentencePieceReader.Read(file, bytes);
        if (TiktokenReader.IsRanks(start)) return TiktokenReader.Read(file, bytes);
        if (VocabularyJsonReader.IsMerges(start)) return VocabularyJsonReader.ReadBesideMerges(file);
        // What is none of these is most likely a broken tokenizer.json: its reader says where.
        return TokenizerJsonReader.Read(file, bytes);
    }

    /// <summary>The lines of a text file, without their ends.</summary>
    /// <exception cref="InvalidFileException">It is not UTF-8.</exception>
    public static string[] Lines(string file, ReadOnlySpan<byte> bytes)
    {
        try
        {
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(WithoutMark(bytes.ToArray()).Span).ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidFileException(file, "is not UTF-8.", e);
        }
    }

    private static ReadOnlyMemory<byte> WithoutMark(byte[] bytes) => bytes.AsSpan().StartsWith("\uFEFF"u8) ? bytes.AsMemory(3) : bytes;

    private static string Find(string path)
    {
        if (!Directory.Exists(path)) return path;
        foreach (string name in Names)
            if (File.Exists(Path.Combine(path, name))) return Path.Combine(path, name);
        return Path.Combine(path, TokenizerJsonReader.FileName); // to be missed by this name
    }
}
