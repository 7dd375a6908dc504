using System.Text.RegularExpressions;

namespace Panorama.Architecture.Tests;

/// <summary>The rules of style that a machine can judge without doubt.</summary>
public sealed partial class SourceTests
{
    private const int MostLines = 600;
    private const int MedianLines = 130;

    [Fact]
    public void No_file_is_over_600_lines() =>
        Assert.Empty(SourceFile.All.Where(file => file.Lines.Count > MostLines).Select(file => $"{file.Path}: {file.Lines.Count} lines"));

    [Fact]
    public void The_median_file_is_under_130_lines()
    {
        int[] lengths = [.. SourceFile.Shipped.Select(file => file.Lines.Count).Order()];
        Assert.InRange(lengths[lengths.Length / 2], 1, MedianLines);
    }

    [Fact]
    public void There_are_no_regions() => Assert.Empty(Where(SourceFile.All, Region()));

    [Fact]
    public void A_partial_type_is_for_generated_code_and_has_one_file()
    {
        var scattered =
            from file in SourceFile.All
            from line in file.Lines
            let match = PartialType().Match(line)
            where match.Success
            group file.Path by (file.Project, Folder: Path.GetDirectoryName(file.Path), Name: match.Groups[1].Value) into type
            where type.Distinct().Count() > 1
            select $"{type.Key.Name} in {string.Join(", ", type.Distinct())}";
        Assert.Empty(scattered);
    }

    [Fact]
    public void Namespaces_are_those_of_files() =>
        Assert.Empty(Where(SourceFile.All, BlockNamespace()));

    [Fact]
    public void Libraries_do_not_write_to_the_console() =>
        Assert.Empty(Where(SourceFile.Shipped.Where(file => file.Path.StartsWith("src/", StringComparison.Ordinal)), ConsoleUse()));

    [Fact]
    public void Native_calls_live_in_native_folders() =>
        Assert.Empty(Where(SourceFile.Shipped.Where(file => !file.Path.Contains("/Native/", StringComparison.Ordinal)), NativeCall()));

    [Fact]
    public void No_format_that_can_carry_code_is_read() => Assert.Empty(Where(SourceFile.Shipped, CodeFormats()));

    [Fact]
    public void No_catch_swallows_everything()
    {
        var swallowed =
            from file in SourceFile.Shipped
            let text = string.Join('\n', file.Lines)
            from Match match in CatchAll().Matches(text)
            where !Block(text, match.Index + match.Length).Contains("throw", StringComparison.Ordinal)
            select $"{file.Path}:{text[..match.Index].Count(c => c == '\n') + 1}";
        Assert.Empty(swallowed);
    }

    [Fact]
    public void Tests_do_not_sleep() =>
        Assert.Empty(Where(SourceFile.All.Where(file => file.Path.StartsWith("tests/", StringComparison.Ordinal) && !file.Path.EndsWith("/SourceTests.cs", StringComparison.Ordinal)), Sleep()));

    private static IEnumerable<string> Where(IEnumerable<SourceFile> files, Regex pattern) =>
        from file in files
        from index in Enumerable.Range(0, file.Lines.Count)
        where pattern.IsMatch(file.Lines[index])
        select $"{file.Path}:{index + 1}: {file.Lines[index].Trim()}";

    // From behind an opening brace to its partner. Braces in strings could mislead it; then it reads too much and forgives.
    private static string Block(string text, int start)
    {
        int depth = 1;
        int end = start;
        for (; end < text.Length && depth > 0; end++)
            depth += text[end] switch { '{' => 1, '}' => -1, _ => 0 };
        return text[start..end];
    }

    [GeneratedRegex(@"^\s*#\s*(region|endregion)\b")]
    private static partial Regex Region();

    [GeneratedRegex(@"^[^/""]*\bpartial\s+(?:class|struct|record(?:\s+(?:class|struct))?|interface)\s+(\w+)")]
    private static partial Regex PartialType();

    [GeneratedRegex(@"^\s*namespace\s+[\w.]+\s*(\{|$)")]
    private static partial Regex BlockNamespace();

    [GeneratedRegex(@"^[^/""]*\bConsole\.(Write|WriteLine|Error|Out|Read|ReadLine|ReadKey)\b")]
    private static partial Regex ConsoleUse();

    [GeneratedRegex(@"^\s*\[(LibraryImport|DllImport)\b")]
    private static partial Regex NativeCall();

    [GeneratedRegex(@"\b(BinaryFormatter|NetDataContractSerializer|SoapFormatter|TypeNameHandling)\b")]
    private static partial Regex CodeFormats();

    [GeneratedRegex(@"\bcatch\s*(\(\s*(System\.)?Exception\s*\))?\s*\{")]
    private static partial Regex CatchAll();

    [GeneratedRegex(@"^[^/""]*\b(Thread\.Sleep|Task\.Delay)\(")]
    private static partial Regex Sleep();
}
