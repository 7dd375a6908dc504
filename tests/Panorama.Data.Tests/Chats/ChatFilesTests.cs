using Panorama.Core.Errors;
using Panorama.Data.Chats;
using Panorama.Data.Questions;
using Panorama.Data.Rejects;
using Panorama.Data.Tests.Support;

namespace Panorama.Data.Tests.Chats;

public sealed class ChatFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(ChatFormat.Messages, """{"messages":[{"role":"system","content":"s"},{"role":"user","content":"q"},{"role":"assistant","content":"a"}]}""", "system:s user:q assistant:a")]
    [InlineData(ChatFormat.Messages, """{"messages":[{"role":"developer","content":"s"},{"role":"user","content":[{"type":"text","text":"q"},{"type":"text","text":"r"}]},{"role":"assistant","content":"a"}]}""", "system:s user:qr assistant:a")]
    [InlineData(ChatFormat.Alpaca, """{"instruction":"q","input":"","output":"a"}""", "user:q assistant:a")]
    [InlineData(ChatFormat.Alpaca, """{"instruction":"q","input":"x","output":"a","system":"s","history":[["b","c"]]}""", "system:s user:b assistant:c user:q\n\nx assistant:a")]
    [InlineData(ChatFormat.Sharegpt, """{"id":7,"conversations":[{"from":"human","value":"q"},{"from":"gpt","value":"a"},{"from":"human","value":"r"},{"from":"gpt","value":"b"}]}""", "user:q assistant:a user:r assistant:b")]
    [InlineData(ChatFormat.Sharegpt, """{"system":"s","conversations":[{"from":"human","value":"q"},{"from":"gpt","value":"a"}]}""", "system:s user:q assistant:a")]
    [InlineData(ChatFormat.PromptCompletion, """{"prompt":"q","completion":"a"}""", "user:q assistant:a")]
    [InlineData(ChatFormat.PromptCompletion, """{"prompt":[{"role":"system","content":"s"},{"role":"user","content":"q"}],"completion":[{"role":"assistant","content":"a"}]}""", "system:s user:q assistant:a")]
    public void EachFormatIsFoundAndRead(ChatFormat format, string record, string expected)
    {
        foreach (string text in new[] { record + "\n", $"[\n  {record}\n]\n", $" [{record},{record}]" })
        {
            string path = Write("chats.json", text);
            (List<ChatRecord> chats, ChatFileSummary summary, _) = Read(path);
            Assert.Equal((format, true, 0), (summary.Format, summary.Detected, summary.Broken));
            Assert.All(chats, c => Assert.Equal(expected, string.Join(' ', c.Messages.Select(m => $"{m.Role}:{m.Content}"))));
            Assert.Equal(chats.Count, summary.Chats);
        }
    }

    [Fact]
    public void EachFileIsMeantOnceAndRejectsAreNone()
    {
        string one = Write("a.jsonl", "{}"), two = Write("b.jsonl", "{}");
        Write("data.rejects.jsonl", "{}");
        Assert.Equal([two, one], ChatFiles.Find([two, Path.GetDirectoryName(one)!, one]));
    }

    [Fact]
    public void AHistoryThatIsNoListIsAFault()
    {
        string path = Write("chats.jsonl", """{"instruction":"q","output":"a","history":"b"}""" + "\n" + """{"instruction":"q","output":"a","history":null}""" + "\n");
        (List<ChatRecord> chats, ChatFileSummary summary, string rejects) = Read(path, share: 0.9);
        Assert.Equal((1, 1), (chats.Count, summary.Broken));
        Assert.Contains("history is no list", rejects, StringComparison.Ordinal);
    }

    [Fact]
    public void BrokenRecordsAreCountedAndNamedByFileAndLine()
    {
        const string Good = """{"instruction":"q","output":"a"}""";
        string lines = Write("lines.jsonl", $"{Good}\n{{\"instruction\":\"q\"}}\n{Good}\n{{oops}}\n{Good}\n{{\"messages\":[]}}\n");
        (List<ChatRecord> chats, ChatFileSummary summary, string rejects) = Read(lines, share: 0.9);
        Assert.Equal((3, 3), (chats.Count, summary.Broken));
        foreach (string part in new[] { "lines.jsonl:2", "output is missing", "lines.jsonl:4", "lines.jsonl:6" })
        {
            Assert.Contains(part, rejects, StringComparison.Ordinal);
        }

        string array = Write("array.json", $"[\n{Good},\n{{\"instruction\":5}},\n{{\"a\" \"b\"}},\n{Good}\n]");
        (chats, summary, rejects) = Read(array, share: 0.9);
        Assert.Equal((2, 2), (chats.Count, summary.Broken));
        Assert.Contains("array.json:3", rejects, StringComparison.Ordinal);
        Assert.Contains("array.json:4", rejects, StringComparison.Ordinal);
        Assert.Throws<JobException>(() => Read(array));
    }

    [Theory]
    [InlineData("[{\"instruction\":\"q\",\"output\":\"a\"},{\"instr", "ends within an item")]
    [InlineData("[{\"instruction\":\"q\",\"output\":\"a\"}", "does not end")]
    [InlineData("[{\"instruction\":\"q\",\"output\":\"a\"}] x", "follows the end")]
    public void AnArrayThatEndsWronglyKeepsWhatCameBefore(string text, string fault)
    {
        (List<ChatRecord> chats, ChatFileSummary summary, string rejects) = Read(Write("cut.json", text), share: 0.6);
        Assert.Equal((1, 1), (chats.Count, summary.Broken));
        Assert.Contains(fault, rejects, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"robot","content":"a"}]}""", "messages[1] has no role")]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":null}]}""", "messages[1] has no text")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{}}]},{"role":"assistant","content":"a"}]}""", "messages[0] has no text")]
    [InlineData("""{"messages":[{"role":"user","content":"q"}]}""", "no answer")]
    [InlineData("""{"messages":{}}""", "no list")]
    [InlineData("""{"messages":[{"role":"user","content":"\ud800"},{"role":"assistant","content":"a"}]}""", "UTF-16")]
    [InlineData("""{"conversations":[{"from":"human","value":4},{"from":"gpt","value":"a"}]}""", "conversations[0]")]
    [InlineData("""{"instruction":"q","output":"a","history":[["b"]]}""", "history")]
    public void WhatIsWrongIsSaid(string record, string fault)
    {
        (_, ChatFileSummary summary, string rejects) = Read(Write("one.jsonl", record), share: 1);
        Assert.Equal(1, summary.Broken);
        Assert.Contains(fault, rejects, StringComparison.Ordinal);
    }

    [Fact]
    public void AnUnknownFormatIsRefusedWithTheKnownOnes()
    {
        InputException error = Assert.Throws<InputException>(() => Read(Write("x.jsonl", "{\"text\":\"a\"}\n")));
        Assert.Contains("conversations (from, value)", error.Message, StringComparison.Ordinal);
        Assert.Throws<InputException>(() => ChatFiles.Detect(Write("empty.jsonl", "")));
    }

    [Fact]
    public void FilesAndFoldersAreFoundInOrder()
    {
        string a = Write("folder/b.jsonl", "x"), b = Write("folder/sub/a.json", "x"), c = Write("c.json", "x");
        Write("folder/notes.txt", "x");
        Assert.Equal([c, a, b], ChatFiles.Find([c, Path.GetDirectoryName(a)!]).Select(Path.GetFullPath));
        Assert.Throws<InputException>(() => ChatFiles.Find([_folder.File("none")]));
        Assert.Throws<InputException>(() => ChatFiles.Find([Directory.CreateDirectory(_folder.File("empty")).FullName]));
    }

    /// <summary>Whatever the bytes, reading ends, and every byte costs at most its own record.</summary>
    [Fact]
    public void HostileBytesNeverCrashIt() =>
        Gen.Int[0, 511].Select(i => i < 256 ? (byte)i : "[]{},\":\\ \n1a"u8[i % 12]).Array[0, 300].Sample(bytes =>
        {
            string path = _folder.File("hostile.json");
            File.WriteAllBytes(path, [(byte)'[', .. bytes]);
            using var rejects = new RejectLedger();
            _ = ChatFiles.Read(path, ChatFormat.Alpaca, rejects, _ => { }, brokenShare: 1).Count();
        }, threads: 1);

    private string Write(string name, string text)
    {
        string path = _folder.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    private (List<ChatRecord> Chats, ChatFileSummary Summary, string Rejects) Read(string path, double share = 0.1)
    {
        string ledger = _folder.File("rejects.jsonl");
        ChatFileSummary? summary = null;
        List<ChatRecord> chats;
        using (var rejects = new RejectLedger(ledger))
        {
            chats = [.. ChatFiles.Read(path, ChatFormat.Auto, rejects, s => summary = s, share)];
        }

        return (chats, summary!, File.ReadAllText(ledger));
    }
}
