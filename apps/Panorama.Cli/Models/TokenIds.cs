using System.Globalization;
using System.Text.Json;
using Panorama.Core.Errors;

namespace Panorama.Cli.Models;

/// <summary>Reads token ids as people and programs write them.</summary>
internal static class TokenIds
{
    private const long LargestFile = 1 << 28;
    private static readonly char[] Separators = [',', ' ', '\t', '\r', '\n', '[', ']'];

    /// <summary>Reads from an option or a file.</summary>
    /// <param name="text">Numbers separated by commas or spaces.</param>
    /// <param name="file">A file of such numbers, or of a JSON object with <c>ids</c>.</param>
    /// <exception cref="InputException">Not exactly one is given, or something else than ids is in it.</exception>
    public static int[] Read(string? text, string? file)
    {
        if ((text is null) == (file is null))
            throw new InputException("Give either --ids or --file.");
        return text is not null ? Parse(text, "--ids") : Parse(FileText(file!), file!);
    }

    /// <summary>Reads numbers, or a JSON object with <c>ids</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="where">Its name in errors.</param>
    /// <exception cref="InputException">Something else is in it.</exception>
    public static int[] Parse(string text, string where)
    {
        if (text.AsSpan().TrimStart().StartsWith('{'))
            return FromJson(text, where);
        string[] words = text.Split(Separators, StringSplitOptions.RemoveEmptyEntries);
        int[] ids = new int[words.Length];
        for (int i = 0; i < ids.Length; i++)
        {
            if (!int.TryParse(words[i], NumberStyles.None, CultureInfo.InvariantCulture, out ids[i]))
                throw new InputException($"{where}: \"{Terminal.TerminalText.Shorten(words[i], 40)}\" is no token id; allowed: whole numbers from 0, separated by commas or spaces.");
        }

        return ids;
    }

    private static int[] FromJson(string text, string where)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            if (json.RootElement.TryGetProperty("ids", out JsonElement ids) && ids.ValueKind == JsonValueKind.Array)
                return [.. ids.EnumerateArray().Select(id => id.ValueKind == JsonValueKind.Number && id.TryGetInt32(out int value) && value >= 0 ? value : throw new InputException($"{where}: {id.GetRawText()} is no token id."))];
            throw new InputException($"{where}: the JSON object has no list \"ids\".");
        }
        catch (JsonException error)
        {
            throw new InputException($"{where} is not valid JSON: {error.Message}", error);
        }
    }

    private static string FileText(string file)
    {
        var info = new FileInfo(file);
        if (!info.Exists)
            throw new InputException($"--file {file}: there is no such file.");
        return info.Length <= LargestFile
            ? File.ReadAllText(file)
            : throw new InputException($"--file {file} has {Terminal.Format.Bytes(info.Length)}; the limit is {Terminal.Format.Bytes(LargestFile)}.");
    }
}
