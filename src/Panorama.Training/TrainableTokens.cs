using System.Globalization;
using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Modeling.Families;
using Panorama.Modeling.Generation;
using Panorama.Tokenization;
using Panorama.Tokenization.ChatTemplates;
using Panorama.Training.Settings;

namespace Panorama.Training;

/// <summary>
/// Chooses the tokens whose rows are trained beside an adapter. The marks of a chat's turns do not occur in plain text: a base that has seen no chat has
/// them as they were drawn, and factors in the projections cannot move them. Whether a base has learned them is
/// asked of itself: where an answer ends it would give the mark that ends it far more than chance does.
/// </summary>
internal static class TrainableTokens
{
    private const int MostChats = 32;

    // Bases that have seen chats give 0.01 and more, the others about chance or far below; a base of a few steps wavers about it.
    private const double TimesChance = 10;

    /// <summary>Chooses, and says what and why.</summary>
    /// <param name="lora">What was asked for.</param>
    /// <param name="model">The base, without an adapter.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="chats">What is trained on.</param>
    /// <param name="listener">Told what was chosen.</param>
    /// <returns>Different ids, ascending.</returns>
    /// <exception cref="InputException">A token asked for is none of the tokenizer's.</exception>
    public static IReadOnlyList<int> Choose(LoraSettings lora, DecoderModel model, Tokenizer tokenizer, IReadOnlyList<ChatTokens> chats, ITrainingListener listener)
    {
        if (lora.TrainableTokenIndices is not [LoraSettings.Auto])
        {
            return lora.TrainableTokenIndices is [LoraSettings.None] ? [] : [.. lora.TrainableTokenIndices.Select(t => Id(t, tokenizer)).Distinct().Order()];
        }

        HashSet<int> special = [.. tokenizer.SpecialTokens.Values];
        int[] marks = [.. chats.SelectMany(c => c.Ids).Where(special.Contains).Distinct().Order()];
        if (marks.Length == 0 || lora.ModulesToSave.Any(IsTable) || EndProbability(model, special, chats) is not { } probability)
        {
            return [];
        }

        string names = string.Join(", ", marks.Select(tokenizer.IdToToken));
        bool known = probability > TimesChance / model.Config.VocabularySize;
        listener.Noted(string.Create(
            CultureInfo.InvariantCulture,
            $"Where answers end, the base gives the mark of the end a probability of {probability:g2}; chance is {1.0 / model.Config.VocabularySize:g2}. {(known ? $"It has learned the template's marks: {names} stay frozen." : $"It has not learned the template's marks: the rows of {names} are trained with the adapter. lora.trainable_token_indices none keeps them frozen.")}"));
        return known ? [] : marks;
    }

    /// <summary>The geometric mean of the probabilities that a model gives the special tokens that end answers; <see langword="null"/> when no answer ends with one.</summary>
    /// <param name="model">The model.</param>
    /// <param name="special">Ids of special tokens.</param>
    /// <param name="chats">Chats, of which 32 spread evenly are scored.</param>
    internal static double? EndProbability(DecoderModel model, IReadOnlySet<int> special, IReadOnlyList<ChatTokens> chats)
    {
        using var scorer = new TorchNextTokenModel(model);
        double sum = 0;
        long count = 0;
        int taken = Math.Min(MostChats, chats.Count);
        for (int i = 0; i < taken; i++)
        {
            ChatTokens chat = chats[(int)((long)i * chats.Count / taken)];
            var scores = new float[chat.Ids.Length - 1];
            scorer.Score(chat.Ids, scores);
            for (int t = 1; t < chat.Ids.Length; t++)
            {
                bool ends = chat.IsAnswer[t] && special.Contains(chat.Ids[t]);
                (sum, count) = ends ? (sum + scores[t - 1], count + 1) : (sum, count);
            }
        }

        return count == 0 ? null : Math.Exp(sum / count);
    }

    private static bool IsTable(string module) => module.EndsWith(LoraConfig.Embedding, StringComparison.Ordinal) || module.EndsWith(LoraConfig.Output, StringComparison.Ordinal);

    private static int Id(string token, Tokenizer tokenizer)
    {
        int? id = int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : tokenizer.TokenToId(token);
        return id is { } found && found < tokenizer.VocabularySize
            ? found
            : throw new InputException($"lora.trainable_token_indices is {token}; allowed: auto, none, ids of the model's tokenizer (0 to {tokenizer.VocabularySize - 1}) and tokens as its file writes them.");
    }
}
