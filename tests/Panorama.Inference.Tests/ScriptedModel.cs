namespace Panorama.Inference.Tests;

/// <summary>A model that wants to say a fixed sequence of tokens after any prompt.</summary>
internal sealed class ScriptedModel(int contextLength, params int[] script) : INextTokenModel
{
    public int VocabularySize { get; init; } = ByteTokenizer.Instance.VocabularySize;

    public int ContextLength => contextLength;

    public List<int> Appended { get; } = [];

    public int OpenSessions { get; private set; }

    /// <summary>What every logit not on script is; NaN breaks the row.</summary>
    public float OffScript { get; init; }

    /// <summary>A model that says a text in bytes and then ends.</summary>
    public static ScriptedModel Saying(string text, int contextLength = 200) =>
        new(contextLength, [.. System.Text.Encoding.UTF8.GetBytes(text).Select(b => (int)b), ByteTokenizer.End]);

    public void Score(ReadOnlySpan<int> tokens, Span<float> logProbabilities) => throw new NotSupportedException();

    public INextTokenSession StartSession() => new Session(this);

    public void Dispose()
    {
    }

    private sealed class Session : INextTokenSession
    {
        private readonly ScriptedModel _model;
        private int _step;

        public Session(ScriptedModel model)
        {
            _model = model;
            model.OpenSessions++;
        }

        public int Length { get; private set; }

        public ReadOnlySpan<float> Append(ReadOnlySpan<int> tokens)
        {
            Assert.True(tokens.Length > 0, "an empty append");
            Length += tokens.Length;
            Assert.True(Length <= _model.ContextLength, "more than the context holds");
            _model.Appended.AddRange(tokens);
            float[] logits = new float[_model.VocabularySize];
            Array.Fill(logits, _model.OffScript);
            logits[_model.Script(_step++)] = 20;
            return logits;
        }

        public void Dispose() => _model.OpenSessions--;
    }

    private int Script(int step) => script[step % script.Length];
}
