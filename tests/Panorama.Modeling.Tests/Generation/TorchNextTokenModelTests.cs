using Panorama.Core.Configuration;
using Panorama.Core.Models;
using Panorama.Modeling.Families;
using Panorama.Modeling.Generation;

namespace Panorama.Modeling.Tests.Generation;

public sealed class TorchNextTokenModelTests : IDisposable
{
    private readonly DecoderModel _decoder = new(ModelConfig.Llama(40, 16, 2, 4, 2, 32, 200, initializerRange: 0.3));
    private readonly TorchNextTokenModel _model;

    public TorchNextTokenModelTests()
    {
        _decoder.Allocate(trainable: false).Initialize(11);
        _model = new TorchNextTokenModel(_decoder);
    }

    /// <summary>One forward over all tokens and a cached one in pieces differ by rounding only (float32, 2 layers).</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(90)]
    public void CachedStepsGiveTheSameProbabilitiesAsOnePass(int piece)
    {
        int[] tokens = [.. Enumerable.Range(0, 151).Select(i => i * i % 40)];
        var scores = new float[tokens.Length - 1];
        _model.Score(tokens, scores);
        using INextTokenSession session = _model.StartSession();
        for (int start = 0; start + piece < tokens.Length; start += piece)
        {
            float[] logits = session.Append(tokens.AsSpan(start, piece)).ToArray();
            double total = Math.Log(logits.Sum(l => Math.Exp(l)));
            Assert.Equal(scores[start + piece - 1], logits[tokens[start + piece]] - total, 4);
        }
    }

    [Fact]
    public void RefusesIdsAndLengthsOutOfRange()
    {
        Assert.Throws<ArgumentException>(() => _model.Score([1, 40], new float[1]));
        Assert.Throws<ArgumentException>(() => _model.Score([1], []));
        Assert.Throws<ArgumentException>(() => _model.Score(new int[202], new float[201]));
        using INextTokenSession session = _model.StartSession();
        session.Append(new int[200]);
        Assert.Throws<ArgumentException>(() => session.Append([1]));
    }

    public void Dispose() => _decoder.Dispose();
}
