using System.CommandLine;
using System.Globalization;

namespace Panorama.Cli.Models;

/// <summary>Options of the benchmarks.</summary>
internal static class BenchOption
{
    /// <summary><c>--rounds N</c>.</summary>
    /// <param name="description">What a round is.</param>
    /// <param name="otherwise">The default.</param>
    public static Option<int> Rounds(string description, int otherwise)
    {
        const int Most = 1000;
        var rounds = new Option<int>("--rounds") { Description = description, HelpName = "N", DefaultValueFactory = _ => otherwise };
        rounds.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<int>() is var given and (< 1 or > Most))
            {
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"--rounds is {given}; allowed: 1 to {Most:N0}."));
            }
        });
        return rounds;
    }
}
