using Panorama.Core.Errors;
using Panorama.Inference.Families;
using Panorama.Quantization.Formats;

namespace Panorama.Inference.Tests.Families;

/// <summary>Files with changed bytes or with parts of other files: opened as they say, or refused with the file's name; never anything else.</summary>
public sealed class GgufModelMutationTests : IDisposable
{
    private const int Header = 6000; // metadata and descriptions of the tiny models
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("llama")]
    [InlineData("gpt2")]
    [InlineData("bert")]
    public void AChangedFileIsRefusedOrOpened(string family)
    {
        byte[] whole = Whole(family);
        string path = _folder["mutant.gguf"];
        int opened = 0;
        Gen.Select(Gen.Int[24, Math.Min(Header, whole.Length) - 1], Gen.Byte).Array[1, 4].Sample(
            changes =>
            {
                byte[] mutant = [.. whole];
                foreach ((int at, byte value) in changes) mutant[at] = value;
                File.WriteAllBytes(path, mutant);
                if (Opens(path)) opened++;
            },
            iter: 700,
            threads: 1,
            seed: "0N0XIzNsQ0O2");
        Assert.InRange(opened, 1, 699);
    }

    [Fact]
    public void ACutFileIsRefused()
    {
        byte[] whole = Whole("llama");
        string path = _folder["mutant.gguf"];
        for (int length = 0; length < whole.Length; length += 97)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.False(Opens(path));
        }
    }

    public void Dispose() => _folder.Dispose();

    private static bool Opens(string path)
    {
        try
        {
            using ModelFiles file = ModelFiles.Open(path);
            _ = (file.SpecialTokens, file.Generation, file.ChatTemplate, file.Pooling, file.AddsBos, file.StoredType);
            _ = file.Tokenizer.Decode(file.Tokenizer.AddSpecialTokens(file.Tokenizer.Encode("the and <|end|>", parseSpecial: true)));
            using IModelWeights weights = file.OpenWeights();
            foreach (WeightRole role in Enum.GetValues<WeightRole>())
            {
                if (weights.TryGet(role, 0, out WeightView? view)) _ = view.Row(view.Rows - 1)[^1];
            }

            return true;
        }
        catch (InputException e)
        {
            Assert.Contains("mutant.gguf", e.Message, StringComparison.Ordinal);
            return false;
        }
    }

    private byte[] Whole(string family)
    {
        TinyModel.All[family].Write(_folder.Path);
        if (family == "bert") File.WriteAllText(_folder["vocab.txt"], TinyTokenizer.WordPiece());
        else File.WriteAllText(_folder["tokenizer.json"], TinyTokenizer.ByteLevel());
        using ModelFiles folder = ModelFiles.Open(_folder.Path);
        GgufExport.Write(folder, _folder["whole.gguf"], TensorFormat.BF16, cancellation: TestContext.Current.CancellationToken);
        return File.ReadAllBytes(_folder["whole.gguf"]);
    }
}
