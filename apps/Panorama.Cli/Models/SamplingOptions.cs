using System.CommandLine;
using Panorama.Core.Models;

namespace Panorama.Cli.Models;

/// <summary>The options by which verbs that generate choose tokens. What is not given comes from the model's generation_config.json.</summary>
internal sealed class SamplingOptions
{
    private readonly Option<int?> _maxTokens = new("--max-tokens") { Description = "Most tokens to generate (default 256)", HelpName = "N" };
    private readonly Option<float?> _temperature = new("--temperature") { Description = "0: always the most probable token; higher: more varied", HelpName = "T" };
    private readonly Option<int?> _topK = new("--top-k") { Description = "Sample among the K most probable tokens (0: all)", HelpName = "K" };
    private readonly Option<float?> _topP = new("--top-p") { Description = "Sample among the most probable tokens that together reach P", HelpName = "P" };
    private readonly Option<float?> _repetitionPenalty = new("--repetition-penalty") { Description = "Divides the logits of tokens already present (1: off)", HelpName = "R" };
    private readonly Option<ulong?> _seed = new("--seed") { Description = "Seed of the sampler (default 0)", HelpName = "N" };
    private readonly Option<string[]> _stop = new("--stop") { Description = "Text that ends the generation; may be given several times", HelpName = "TEXT" };

    /// <summary>Adds the options to a verb.</summary>
    /// <param name="command">The verb.</param>
    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _maxTokens, _temperature, _topK, _topP, _repetitionPenalty, _seed, _stop })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The options given, over the model's own.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="defaults">The model's.</param>
    public GenerationOptions Read(ParseResult parsed, GenerationOptions defaults) => defaults with
    {
        MaxTokens = parsed.GetValue(_maxTokens) ?? defaults.MaxTokens,
        Temperature = parsed.GetValue(_temperature) ?? defaults.Temperature,
        TopK = parsed.GetValue(_topK) ?? defaults.TopK,
        TopP = parsed.GetValue(_topP) ?? defaults.TopP,
        RepetitionPenalty = parsed.GetValue(_repetitionPenalty) ?? defaults.RepetitionPenalty,
        Seed = parsed.GetValue(_seed) ?? defaults.Seed,
        Stop = parsed.GetValue(_stop) is { Length: > 0 } stop ? stop : defaults.Stop,
    };
}
