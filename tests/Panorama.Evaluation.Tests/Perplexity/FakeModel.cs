namespace Panorama.Evaluation.Tests.Perplexity;

/// <summary>A model whose log probabilities are a function of the tokens to the left, most recent last.</summary>
internal sealed class FakeModel(int vocabularySize, int contextLength, FakeModel.Predictor predict) : INextTokenModel
{
    public delegate double Predictor(ReadOnlySpan<int> left, int token);

    public int VocabularySize => vocabularySize;

    public int ContextLength => contextLength;

    public List<int[]> Windows { get; } = [];

    /// <summary>Every token as likely as any other.</summary>
    public static FakeModel Uniform(int vocabularySize, int contextLength) =>
        new(vocabularySize, contextLength, (_, _) => -Math.Log(vocabularySize));

    /// <summary>A distribution that depends on exactly the last <paramref name="memory"/> tokens.</summary>
    public static FakeModel WithMemory(int memory, int vocabularySize, int contextLength) => new(vocabularySize, contextLength, (left, token) =>
    {
        int hash = 17;
        foreach (int seen in left[Math.Max(0, left.Length - memory)..])
        {
            hash = unchecked((hash * 31) + seen + 1);
        }

        return -1 - (((uint)unchecked((hash * 31) + token) % 1000) / 500.0);
    });

    public void Score(ReadOnlySpan<int> tokens, Span<float> logProbabilities)
    {
        Assert.InRange(tokens.Length, 2, contextLength + 1);
        Assert.Equal(tokens.Length - 1, logProbabilities.Length);
        Windows.Add(tokens.ToArray());
        for (int i = 1; i < tokens.Length; i++)
        {
            logProbabilities[i - 1] = (float)predict(tokens[..i], tokens[i]);
        }
    }

    public INextTokenSession StartSession() => throw new NotSupportedException();

    public void Dispose()
    {
    }
}
