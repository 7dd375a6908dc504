using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Modeling.Families;
using Panorama.Modeling.Native;
using Panorama.Tokenization;
using Panorama.Tokenization.ChatTemplates;
using Panorama.Tokenization.Training;
using Panorama.Training.Settings;

namespace Panorama.Training.Tests;

public sealed class TrainableTokensTests : IDisposable
{
    private readonly Tokenizer _tokenizer = BpeTrainer.Train([new string('a', 50)], new BpeTrainerOptions { VocabularySize = 261, SpecialTokens = SpecialTokens.All });
    private readonly TinyRun _notes = new();

    private int Start => _tokenizer.TokenToId(SpecialTokens.MessageStart)!.Value;

    private int End => _tokenizer.TokenToId(SpecialTokens.MessageEnd)!.Value;

    public void Dispose() => _notes.Dispose();

    /// <summary>A fresh model is about even over all tokens; its own tied row in the state it scores last makes the mark certain.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void MarksAreTrainedWhenTheBaseDoesNotExpectThem(bool known)
    {
        using DecoderModel model = Model();
        if (known)
        {
            // Rows of the untied output: all zero but the mark's, which points where every state points.
            using var scope = TorchSharp.torch.NewDisposeScope();
            using IDisposable quiet = TorchSharp.torch.no_grad();
            TorchSharp.torch.Tensor output = model.Weights[^1].Value, gain = model.Weights[^2].Value;
            output.zero_();
            model.Weights[0].Value.fill_(1);
            gain.fill_(1);
            output[End].fill_(5);
        }

        IReadOnlyList<int> chosen = Choose(new LoraSettings(), model);
        Assert.Equal(known ? [] : [Start, End], chosen);
        string note = Assert.Single(_notes.Notes);
        Assert.Contains("<|im_start|>, <|im_end|>", note, StringComparison.Ordinal);
        Assert.Contains(known ? "stay frozen" : "lora.trainable_token_indices none", note, StringComparison.Ordinal);
    }

    [Fact]
    public void TheProbabilityIsThatOfTheModel()
    {
        using DecoderModel model = Model();
        float[] weights = TensorMemory.Span<float>(model.Parameters!.Data).ToArray();
        TensorMemory.Span<float>(model.Weights[^1].Value).Clear();
        Assert.Equal(1.0 / model.Config.VocabularySize, TrainableTokens.EndProbability(model, new HashSet<int> { Start, End }, Chats())!.Value, 1e-7);
        Assert.Null(TrainableTokens.EndProbability(model, new HashSet<int> { 0 }, Chats()));
        Assert.NotEqual(weights, TensorMemory.Span<float>(model.Parameters.Data).ToArray());
    }

    [Fact]
    public void WhatIsAskedForIsTaken()
    {
        using DecoderModel model = Model();
        Assert.Empty(Choose(new LoraSettings { TrainableTokenIndices = ["none"] }, model));
        Assert.Equal([7, End], Choose(new LoraSettings { TrainableTokenIndices = ["<|im_end|>", "7", "7"] }, model));
        Assert.Empty(Choose(new LoraSettings { ModulesToSave = ["embed_tokens"] }, model));
        Assert.Empty(_notes.Notes);
        InputException error = Assert.Throws<InputException>(() => Choose(new LoraSettings { TrainableTokenIndices = ["<|im_ende|>"] }, model));
        Assert.Contains("trainable_token_indices is <|im_ende|>", error.Message, StringComparison.Ordinal);
        Assert.Throws<InputException>(() => Choose(new LoraSettings { TrainableTokenIndices = ["261"] }, model));
        Assert.Throws<InputException>(() => new LoraSettings { TrainableTokenIndices = ["auto", "7"] });
    }

    [Theory]
    [InlineData(true, "embed_tokens")]
    [InlineData(false, "embed_tokens,lm_head")]
    public void BothUsesOfATokenAreTrained(bool tied, string modules)
    {
        LoraConfig config = new LoraSettings { ModulesToSave = ["norm"] }.ToConfig("base", tied, [3, 4]);
        Assert.Equal(modules.Split(','), config.TrainableTokens.Keys);
        Assert.All(config.TrainableTokens.Values, ids => Assert.Equal([3, 4], ids));
        Assert.Equal(tied, config.EnsureWeightTying);
        Assert.False(new LoraSettings().ToConfig("base", tied, []).EnsureWeightTying);
    }

    private IReadOnlyList<int> Choose(LoraSettings lora, DecoderModel model) => TrainableTokens.Choose(lora, model, _tokenizer, Chats(), _notes);

    private ChatTokens[] Chats() =>
        [.. Enumerable.Range(0, 3).Select(i => ChatTemplate.ChatMl.EncodeWithMask(_tokenizer, [new ChatMessage(ChatMessage.User, "a"), new ChatMessage(ChatMessage.Assistant, new string('b', i + 1))]))];

    private static DecoderModel Model()
    {
        var model = new DecoderModel(ModelConfig.Llama(261, 16, 1, 2, 1, 32, 64));
        model.Allocate(trainable: false).Initialize(3);
        return model;
    }
}
