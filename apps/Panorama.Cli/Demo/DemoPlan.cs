using Panorama.Core.Errors;
using Panorama.Training.Settings;

namespace Panorama.Cli.Demo;

/// <summary>
/// The demo's one dial: minutes decide the model and how long each part trains.
/// <list type="bullet">
/// <item>Reading, cleaning, tokenizing, evaluating and reporting take what they take, about <see cref="FixedMinutes"/> in all.</item>
/// <item>Of the rest, 55 % pre-train and 45 % fine-tune, where every other step goes on with the pre-training text.</item>
/// <item>The width grows with the fourth root of the pre-training time, depth with the width (64 a layer and two more), because
/// tokens and parameters should grow alike with the work (Hoffmann et al. 2022, arXiv:2203.15556) and parameters grow with
/// the square of the width. The default is small: at a few hundred steps a minute, more steps are worth more than more weights.</item>
/// <item>Steps follow from the speed measured on this machine just before, and are kept for a resumed run.</item>
/// </list>
/// </summary>
internal sealed record DemoPlan
{
    /// <summary>Minutes when none are given; the whole demo then stays below 8.</summary>
    public const double DefaultMinutes = 6;

    /// <summary>Minutes of the parts that do not scale.</summary>
    public const double FixedMinutes = 0.9;

    /// <summary>Seconds of pre-training.</summary>
    public required double PretrainSeconds { get; init; }

    /// <summary>Seconds of fine-tuning.</summary>
    public required double FinetuneSeconds { get; init; }

    /// <summary>The model.</summary>
    public required ModelSettings Model { get; init; }

    /// <summary>Tokens of the tokenizer.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Held-out questions asked.</summary>
    public required int Questions { get; init; }

    /// <summary>Documents taken from the source; 0: all.</summary>
    public required int MaxDocuments { get; init; }

    /// <summary>Whether API documents keep more than name and summary: worth it when there is time for that many tokens.</summary>
    public required bool FullDocumentation { get; init; }

    /// <summary>Applies the rule.</summary>
    /// <param name="minutes">The dial, 0.5 to 10,000.</param>
    public static DemoPlan For(double minutes)
    {
        Require.That(minutes is >= 0.5 and <= 10_000, minutes, "--minutes", "0.5 to 10,000");

        // Short demos shrink the fixed parts too, by reading less.
        bool small = minutes < 3;
        double training = Math.Max(minutes - FixedMinutes, minutes * 0.4) * 60;
        double pretrain = training * 0.55;
        int width = Math.Clamp((int)Math.Round(128 * Math.Pow(pretrain / 200, 0.25) / 64) * 64, 64, 2048);
        return new DemoPlan
        {
            PretrainSeconds = pretrain,
            FinetuneSeconds = training - pretrain,
            VocabularySize = minutes >= 60 ? 16_384 : minutes >= 20 ? 8192 : small ? 2048 : 4096,
            Questions = small ? 50 : 200,
            FullDocumentation = minutes >= 60,
            MaxDocuments = small ? 20_000 : 0,
            Model = new ModelSettings
            {
                HiddenSize = width,
                Layers = (width / 64) + 2,
                Heads = Math.Max(2, width / 64),
                KeyValueHeads = width % 128 == 0 ? width / 128 : width / 64,
                ContextLength = minutes >= 60 ? 512 : minutes >= 20 ? 256 : 128,
            },
        };
    }
}
