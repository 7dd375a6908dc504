using System.Text;
using Panorama.Cli.Terminal;
using Panorama.Core.IO;
using Panorama.Data.Files;
using Panorama.Data.Rejects;
using Panorama.Tokenization;
using Panorama.Tokenization.Training;
using Panorama.Training;
using Panorama.Training.Settings;

namespace Panorama.Cli.Models;

/// <summary>A text that tokenizers are measured on.</summary>
/// <param name="Name">Its name in the results.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="Text">The text.</param>
internal sealed record TokenizerText(string Name, string Source, string Text)
{
    /// <summary>The name of <see cref="TrainedTokenizer"/> in the results.</summary>
    public const string TrainedName = "byte-level BPE of 8,192 tokens, trained on the documentation of the .NET SDK";

    private const int TrainedSize = 8192;
    private const int LargestFile = 512 << 20;

    /// <summary>English: a file, or the documentation of the SDK.</summary>
    public static TokenizerText English(string? file, int bytes, CancellationToken cancellation)
    {
        if (file is not null) return FromFile("english", file, bytes);
        var text = new StringBuilder(bytes);
        foreach (string document in Documentation(cancellation))
        {
            text.Append(document).Append('\n');
            if (text.Length >= bytes) break;
        }

        return new TokenizerText("english", "the documentation of the .NET SDK", text.ToString());
    }

    /// <summary>The tokenizer that is measured when none is given.</summary>
    /// <param name="console">Shows the progress.</param>
    /// <param name="cancellation">Stops the training.</param>
    public static Tokenizer TrainedTokenizer(IRunConsole console, CancellationToken cancellation)
    {
        using IProgressTask task = console.StartTask("Training a tokenizer", TrainedSize, "tokens");
        var progress = new DirectProgress<TokenizerTrainingProgress>(p =>
        {
            if (p.Phase == TokenizerTrainingPhase.MergingPairs) task.Report(p.Done);
        });
        return BpeTrainer.Train(Documentation(cancellation), new BpeTrainerOptions { VocabularySize = TrainedSize, SpecialTokens = SpecialTokens.All }, progress, cancellation);
    }

    /// <summary>Chinese: a file, or characters drawn by a falling frequency, with punctuation: as hard for a cache as real Chinese.</summary>
    public static TokenizerText Chinese(string? file, int bytes)
    {
        if (file is not null) return FromFile("chinese", file, bytes);
        var random = new Random(1);
        var text = new StringBuilder(bytes / 3);
        while (text.Length < bytes / 3)
        {
            int run = random.Next(2, 16);
            for (int i = 0; i < run; i++) text.Append((char)(0x4E00 + (int)(3000 * Math.Pow(random.NextDouble(), 3))));
            text.Append(random.Next(3) == 0 ? "。\n" : "，");
        }

        return new TokenizerText("chinese", "drawn characters (give --chinese FILE for real text)", text.ToString());
    }

    private static IEnumerable<string> Documentation(CancellationToken cancellation)
    {
        using var rejects = new RejectLedger();
        foreach (var document in CorpusPreparation.Source(CorpusSettings.DotnetDocumentation, RecordLimits.DefaultBrokenShare).ReadAsync(rejects, cancellation).ToBlockingEnumerable(cancellation))
            yield return document.Text;
    }

    private static TokenizerText FromFile(string name, string file, int bytes)
    {
        string text = Encoding.UTF8.GetString(InputFile.ReadAllBytes(file, LargestFile).AsSpan() is var all && all.Length > bytes ? all[..bytes] : all);
        return new TokenizerText(name, file, text);
    }
}
