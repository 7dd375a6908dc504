using System.CommandLine;
using System.CommandLine.Parsing;

namespace Panorama.Cli.Hosting;

/// <summary>Says what is wrong with a command line in one sentence that names the nearest right name.</summary>
internal static class UsageErrors
{
    /// <summary>The message for the first mistake, or <see langword="null"/> if there is none.</summary>
    /// <param name="result">The parsed command line.</param>
    public static string? Find(ParseResult result)
    {
        CommandResult command = result.CommandResult;

        // A name before its consequences: an unknown option also fills arguments and leaves others missing.
        foreach (string token in result.UnmatchedTokens.Concat(ArgumentValues(command)))
        {
            if (token.Length > 1 && token[0] == '-' && !IsNumber(token))
                return UnknownOption(command, token);
        }

        if (result.UnmatchedTokens.Count > 0)
            return Unmatched(command.Command, result.UnmatchedTokens[0]);
        if (command.Command.Action is null)
            return MissingVerb(command.Command);
        return result.Errors.Count > 0 ? result.Errors[0].Message : null;
    }

    private static IEnumerable<string> ArgumentValues(CommandResult command) =>
        command.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens).Select(token => token.Value);

    private static string UnknownOption(CommandResult command, string token)
    {
        string name = token.Split('=', 2)[0];
        string hint = NearestName.Hint(name, OptionNames(command));
        return $"unknown option {Quote(name)} of {Path(command.Command)}.{hint} {Path(command.Command)} --help lists all.";
    }

    private static string Unmatched(Command command, string token)
    {
        List<string> verbs = [.. command.Subcommands.Where(verb => !verb.Hidden).Select(verb => verb.Name)];
        return verbs.Count == 0
            ? $"{Path(command)} takes no argument {Quote(token)}. {Path(command)} --help says what it takes."
            : $"unknown verb {Quote(token)}.{NearestName.Hint(token, verbs)} Verbs: {string.Join(", ", verbs)}.";
    }

    private static string MissingVerb(Command command) =>
        $"{Path(command)} needs one of: {string.Join(", ", command.Subcommands.Where(verb => !verb.Hidden).Select(verb => verb.Name))}.";

    private static IEnumerable<string> OptionNames(CommandResult command)
    {
        foreach (Option option in command.Command.Options)
            yield return option.Name;
        for (SymbolResult? parent = command.Parent; parent is not null; parent = parent.Parent)
        {
            foreach (Option option in ((CommandResult)parent).Command.Options.Where(option => option.Recursive))
                yield return option.Name;
        }
    }

    private static bool IsNumber(string token) =>
        double.TryParse(token, System.Globalization.CultureInfo.InvariantCulture, out _);

    private static string Path(Command command)
    {
        Command? parent = command.Parents.OfType<Command>().FirstOrDefault();
        return parent is null ? "panorama" : $"{Path(parent)} {command.Name}";
    }

    private static string Quote(string token) => $"\"{Terminal.TerminalText.Shorten(token, 80)}\"";
}
