using Panorama.Core;
using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Core.Safetensors;
using Panorama.Modeling.Checkpoints;
using Panorama.Modeling.Families;

namespace Panorama.Modeling.Tests.Checkpoints;

/// <summary>What a folder's files say of themselves is compared before the model takes any memory.</summary>
public sealed class ModelFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("panorama-modeling-").FullName;

    [Fact]
    public void AConfigOfTerabytesOverASmallFileIsRefusedByTheFilesHeader()
    {
        // No machine that runs this test could allocate it: 16 M × 1 M floats.
        Write(ModelConfig.Llama(1 << 24, 1 << 20, 1, 256, 256, 1 << 20, 64), new TensorInfo("model.embed_tokens.weight", DType.F32, [4, 4]));
        var error = Assert.Throws<InvalidFileException>(() => ModelFolder.Load(_folder));
        Assert.Contains("model.embed_tokens.weight", error.Message, StringComparison.Ordinal);
        Assert.Contains("16777216", error.Message.Replace(",", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void AMissingTensorIsNamedBeforeTheMemoryIsCounted()
    {
        Write(ModelConfig.Llama(4, 4, 1, 1, 1, 4, 1 << 27), new TensorInfo("model.embed_tokens.weight", DType.F32, [4, 4]));
        var error = Assert.Throws<InvalidFileException>(() => ModelFolder.Load(_folder));
        Assert.Contains("model.layers.0", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AModelThatDoesNotFitIntoTheMemoryIsRefusedBeforeItTakesAny()
    {
        // The weights are small, but a table of 2^27 positions × 65,536 takes 70 TB.
        ModelConfig Config(int context) => ModelConfig.Llama(4, 1, 1, 1, 1, 4, context, headSize: 65_536);
        using (var model = new DecoderModel(Config(8)))
        {
            model.Allocate(trainable: false).Initialize(1);
            ModelFolder.Save(_folder, model, new SpecialTokenIds(), new GenerationConfig());
        }

        ModelFolder.Load(_folder).Model.Dispose();
        HuggingFaceConfig.Write(Path.Combine(_folder, HuggingFaceConfig.FileName), new HuggingFaceModel { Config = Config(1 << 27), SpecialTokens = new SpecialTokenIds(), StoredType = DType.F32 });
        var error = Assert.Throws<InputException>(() => ModelFolder.Load(_folder));
        Assert.Contains("134,217,728 tokens of context", error.Message, StringComparison.Ordinal);
        Assert.Contains("are available", error.Message, StringComparison.Ordinal);
        Assert.Contains("smaller model", error.Message, StringComparison.Ordinal);
    }

    private void Write(ModelConfig config, TensorInfo tensor)
    {
        HuggingFaceConfig.Write(Path.Combine(_folder, HuggingFaceConfig.FileName), new HuggingFaceModel { Config = config, SpecialTokens = new SpecialTokenIds(), StoredType = DType.F32 });
        using SafetensorsModelWriter writer = SafetensorsModelWriter.Create(_folder, [tensor]);
        writer.AppendValues<float>(tensor.Name, new float[16]);
        writer.Complete();
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
