using System.CommandLine;
using System.Globalization;
using Panorama.Core.Errors;
using Panorama.Core.IO;
using Panorama.Core.Models;

namespace Panorama.Cli.Models;

/// <summary>The options by which verbs that generate choose tokens. What is not given comes from the model's generation_config.json.</summary>
internal sealed class SamplingOptions
{
    private readonly Option<int?> _maxTokens = new("--max-tokens") { Description = "Most tokens to generate (default 256)", HelpName = "N" };
    private readonly Option<float?> _temperature = new("--temperature") { Description = "0: always the most probable token; higher: more varied", HelpName = "T" };
    private readonly Option<int?> _topK = new("--top-k") { Description = "Sample among the K most probable tokens (0: all)", HelpName = "K" };
    private readonly Option<float?> _topP = new("--top-p") { Description = "Sample among the most probable tokens that together reach P", HelpName = "P" };
    private readonly Option<float?> _minP = new("--min-p") { Description = "Drop tokens less probable than this share of the best one (0: off)", HelpName = "P" };
    private readonly Option<float?> _typicalP = new("--typical-p") { Description = "Sample among the tokens of most typical surprise that together reach P (1: off)", HelpName = "P" };
    private readonly Option<float?> _repetitionPenalty = new("--repetition-penalty") { Description = "Divides the logits of tokens already present (1: off)", HelpName = "R" };
    private readonly Option<float?> _frequencyPenalty = new("--frequency-penalty") { Description = "Subtracted from a token's logit for every time it was generated (0: off)", HelpName = "F" };
    private readonly Option<float?> _presencePenalty = new("--presence-penalty") { Description = "Subtracted from the logits of generated tokens (0: off)", HelpName = "F" };
    private readonly Option<string[]> _logitBias = new("--logit-bias") { Description = "Added to the logit of a token, -100 to 100; may be given several times", HelpName = "ID=BIAS" };
    private readonly Option<ulong?> _seed = new("--seed") { Description = "Seed of the sampler (default 0)", HelpName = "N" };
    private readonly Option<string[]> _stop = new("--stop") { Description = "Text that ends the generation; may be given several times", HelpName = "TEXT" };

    /// <summary>Adds the options to a verb.</summary>
    /// <param name="command">The verb.</param>
    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _maxTokens, _temperature, _topK, _topP, _minP, _typicalP, _repetitionPenalty, _frequencyPenalty, _presencePenalty, _logitBias, _seed, _stop })
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
        MinP = parsed.GetValue(_minP) ?? defaults.MinP,
        TypicalP = parsed.GetValue(_typicalP) ?? defaults.TypicalP,
        RepetitionPenalty = parsed.GetValue(_repetitionPenalty) ?? defaults.RepetitionPenalty,
        FrequencyPenalty = parsed.GetValue(_frequencyPenalty) ?? defaults.FrequencyPenalty,
        PresencePenalty = parsed.GetValue(_presencePenalty) ?? defaults.PresencePenalty,
        LogitBias = parsed.GetValue(_logitBias) is { Length: > 0 } biases ? Biases(biases) : defaults.LogitBias,
        Seed = parsed.GetValue(_seed) ?? defaults.Seed,
        Stop = parsed.GetValue(_stop) is { Length: > 0 } stop ? stop : defaults.Stop,
    };

    private static Dictionary<int, float> Biases(string[] texts)
    {
        var biases = new Dictionary<int, float>();
        foreach (string text in texts)
        {
            int equals = text.IndexOf('=', StringComparison.Ordinal);
            float bias = 0;
            bool valid = int.TryParse(text.AsSpan(0, Math.Max(equals, 0)), NumberStyles.None, CultureInfo.InvariantCulture, out int token)
                && float.TryParse(text.AsSpan(equals + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out bias);
            Require.That(valid, Shown.Quote(text), "--logit-bias", "ID=BIAS, for example 198=-100");
            biases[token] = bias;
        }

        return biases;
    }
}
