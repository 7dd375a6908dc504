using System.CommandLine;
using System.Text.Json.Nodes;
using Panorama.Cli.Hosting;
using Panorama.Cli.Models;
using Panorama.Cli.Terminal;
using Panorama.Core.Errors;
using Panorama.Tokenization;

namespace Panorama.Cli.Verbs;

/// <summary><c>panorama tokenizer</c>: learns a vocabulary, encodes and decodes.</summary>
internal static class TokenizerVerb
{
    // A file is encoded at once; ids take four bytes a token and a token is rarely under two bytes.
    private const long LargestFile = 1 << 30;

    /// <summary>Makes the verb.</summary>
    public static Command Create() => new("tokenizer", "Train a tokenizer, encode and decode") { TokenizerTraining.Create(), Encode(), Decode() };

    private static VerbCommand Encode()
    {
        Option<string> tokenizer = TokenizerOption();
        var file = new Option<string?>("--file") { Description = "File to encode, its bytes as they are", HelpName = "FILE" };
        var text = new Option<string?>("--text") { Description = "Text to encode instead of a file", HelpName = "TEXT" };
        var special = new Option<bool>("--add-special-tokens") { Description = "Put the special tokens around the text that tokenizer.json asks for, and read those written in it" };
        return new VerbCommand("encode", "Turn text into token ids", (parsed, context) =>
        {
            byte[] bytes = Bytes(parsed.GetValue(file), parsed.GetValue(text));
            var loaded = Tokenizer.Load(parsed.GetRequiredValue(tokenizer));
            bool withSpecial = parsed.GetValue(special);
            List<int> ids = [];
            loaded.Encode(bytes, ids, parseSpecial: withSpecial);
            int[] all = withSpecial ? loaded.AddSpecialTokens(ids.ToArray()) : [.. ids];
            if (!context.Json)
                context.Console.Write(string.Join(' ', all) + "\n");
            return Task.FromResult(new JsonObject { ["count"] = all.Length, ["ids"] = JsonValue.Create(all) });
        })
        {
            tokenizer,
            file,
            text,
            special,
        };
    }

    private static VerbCommand Decode()
    {
        Option<string> tokenizer = TokenizerOption();
        var ids = new Option<string?>("--ids") { Description = "Token ids, separated by commas or spaces", HelpName = "1,2,3" };
        var file = new Option<string?>("--file") { Description = "File of token ids instead: numbers, or what encode --json printed", HelpName = "FILE" };
        var skip = new Option<bool>("--skip-special-tokens") { Description = "Leave special tokens out" };
        return new VerbCommand("decode", "Turn token ids into text", (parsed, context) =>
        {
            int[] all = TokenIds.Read(parsed.GetValue(ids), parsed.GetValue(file));
            string text = Tokenizer.Load(parsed.GetRequiredValue(tokenizer)).Decode(all, parsed.GetValue(skip));
            if (!context.Json)
                context.Console.Write(text + "\n");
            return Task.FromResult(new JsonObject { ["text"] = text, ["count"] = all.Length });
        })
        {
            tokenizer,
            ids,
            file,
            skip,
        };
    }

    private static Option<string> TokenizerOption() => new("--tokenizer")
    {
        Description = "A tokenizer.json, SentencePiece model, tiktoken ranks, GPT-2 or BERT vocabulary, or a folder that holds one",
        HelpName = "PATH",
        Required = true,
    };

    private static byte[] Bytes(string? file, string? text)
    {
        if ((file is null) == (text is null))
            throw new InputException("Give either --file or --text.");
        if (text is not null)
            return System.Text.Encoding.UTF8.GetBytes(text);
        var info = new FileInfo(file!);
        if (!info.Exists)
            throw new InputException($"--file {file}: there is no such file.");
        return info.Length <= LargestFile
            ? File.ReadAllBytes(file!)
            : throw new InputException($"--file {file} has {Format.Bytes(info.Length)}; at most {Format.Bytes(LargestFile)} are encoded at once. Split it.");
    }
}
