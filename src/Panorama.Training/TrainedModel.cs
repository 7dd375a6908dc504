using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Core.IO;
using Panorama.Modeling.Checkpoints;
using Panorama.Modeling.Families;
using Panorama.Tokenization;
using Panorama.Tokenization.ChatTemplates;

namespace Panorama.Training;

/// <summary>The model folder that a run hands over: weights, configuration, tokenizer, chat template.</summary>
public static class TrainedModel
{
    /// <summary>Writes the folder, replacing an older one in one step.</summary>
    /// <param name="folder">Its name.</param>
    /// <param name="model">The trained model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <exception cref="JobException">The disk is full or a file cannot be written.</exception>
    public static void Save(string folder, DecoderModel model, Tokenizer tokenizer) => AtomicFolder.Write(
        folder,
        temporary =>
        {
            SpecialTokenIds tokens = SpecialTokens.Of(tokenizer);
            ModelFolder.Save(temporary, model, tokens, new GenerationConfig { SpecialTokens = tokens, DoSample = true, Temperature = 0.7f, TopP = 0.9f });
            tokenizer.Save(temporary);
            ChatTemplate? template = tokenizer.TokenToId(SpecialTokens.MessageEnd) is null ? null : ChatTemplate.ChatMl;
            template?.Save(temporary);
            new TokenizerConfig
            {
                BosToken = SpecialTokens.EndOfText,
                EosToken = template?.EndOfTurn ?? SpecialTokens.EndOfText,
                PadToken = SpecialTokens.EndOfText,
                ModelMaxLength = model.Config.ContextLength,
                ChatTemplate = template,
            }.Save(temporary, tokenizer);
        },
        replace: true,
        bytesNeeded: model.ParameterCount * sizeof(float));
}
