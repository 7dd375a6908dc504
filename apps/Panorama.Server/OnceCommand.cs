using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Panorama.Core.Errors;
using Panorama.Core.Models;
using Panorama.Core.Runs;
using Panorama.Inference;
using Panorama.Inference.Engine;
using Panorama.Inference.Families;
using Panorama.Inference.Model;

namespace Panorama.Server;

/// <summary><c>panorama-server --model X --once PROMPT</c>: one completion, then the end; what start-up costs is measured on it.</summary>
internal static class OnceCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="output">Where the text goes.</param>
    /// <param name="error">Where messages go.</param>
    public static RootCommand Create(TextWriter output, TextWriter error)
    {
        var model = new Option<string>("--model") { Description = "Model folder or GGUF file", HelpName = "PATH", Required = true };
        var once = new Option<string>("--once") { Description = "Continue this text, then end", HelpName = "TEXT", Required = true };
        var maxTokens = new Option<int>("--max-tokens") { Description = "Most new tokens", HelpName = "N", DefaultValueFactory = _ => 64 };
        var temperature = new Option<float>("--temperature") { Description = "0: always the most probable token", HelpName = "X" };
        var threads = new Option<int>("--threads") { Description = "Threads (0: all cores)", HelpName = "N" };
        var cache = new Option<int>("--cache-tokens") { Description = "Tokens that the key/value cache holds (0: the model's context, at most 4,096)", HelpName = "N" };
        var json = new Option<bool>("--json") { Description = "The result as one JSON object" };
        var command = new RootCommand("Serve a language model without libtorch") { model, once, maxTokens, temperature, threads, cache, json };
        command.SetAction(parsed =>
        {
            try
            {
                var options = new GenerationOptions { MaxTokens = parsed.GetValue(maxTokens), Temperature = parsed.GetValue(temperature) };
                var runner = new RunnerOptions { Threads = parsed.GetValue(threads), CacheTokens = parsed.GetValue(cache) };
                Run(parsed.GetRequiredValue(model), parsed.GetRequiredValue(once), options, runner, parsed.GetValue(json), output, error);
                return 0;
            }
            catch (PanoramaException e)
            {
                error.WriteLine($"panorama-server: {e.Message}");
                return e.ExitCode;
            }
        });
        return command;
    }

    private static void Run(string path, string prompt, GenerationOptions options, RunnerOptions runnerOptions, bool json, TextWriter output, TextWriter error)
    {
        using ModelFiles files = ModelFiles.Open(path);
        using var runner = new TransformerRunner(files, runnerOptions);
        using var model = new RunnerNextTokenModel(runner, leaveOpen: true);
        var generator = new TextGenerator(model, files.Tokenizer, files.SpecialTokens.Eos, files.AddsBos ? files.SpecialTokens.Bos : null);
        var text = new StringBuilder();
        double? first = null;
        int tokens = 0;
        long began = Stopwatch.GetTimestamp();
        foreach (GeneratedPiece piece in generator.Generate(prompt, promptHasSpecialTokens: false, options))
        {
            first ??= (DateTime.Now - Process.GetCurrentProcess().StartTime).TotalMilliseconds;
            tokens += piece.Tokens.Count;
            text.Append(piece.Text);
            if (!json)
            {
                output.Write(piece.Text);
            }
        }

        double rate = tokens / Stopwatch.GetElapsedTime(began).TotalSeconds;
        if (json)
        {
            output.WriteLine(Json(text.ToString(), tokens, first ?? 0, rate, runner));
        }
        else
        {
            output.WriteLine();
            error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"first token {first:f0} ms after the start, {tokens} tokens at {rate:f1} a second"));
        }
    }

    private static string Json(string text, int tokens, double first, double rate, TransformerRunner runner)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("text", text);
            json.WriteNumber("tokens", tokens);
            json.WriteNumber("first_token_ms", first);
            json.WriteNumber("tokens_per_second", rate);
            json.WriteNumber("rss_mb", ProcessMemory.CurrentBytes / 1e6);
            json.WriteNumber("weights_mb", runner.WeightBytes / 1e6);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
