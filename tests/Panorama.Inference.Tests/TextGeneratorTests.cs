using System.Text;
using Panorama.Core.Errors;
using Panorama.Core.Models;

namespace Panorama.Inference.Tests;

public sealed class TextGeneratorTests
{
    private static readonly GenerationOptions Greedy = new() { Temperature = 0, MaxTokens = 100 };

    [Fact]
    public void Pieces_are_whole_characters_and_together_the_text()
    {
        const string Text = "Zoë 漢字 😀!";
        using var model = ScriptedModel.Saying(Text);
        List<GeneratedPiece> pieces = Run(model, "x");
        Assert.Equal(Text, Join(pieces));
        Assert.DoesNotContain(pieces, p => p.Text.Any(c => c == '\uFFFD') || (p.Text.Length > 0 && char.IsHighSurrogate(p.Text[^1])));
        Assert.Equal(FinishReason.Stop, pieces[^1].Finish);
        Assert.All(pieces.SkipLast(1), p => Assert.Null(p.Finish));
        Assert.Equal([.. Encoding.UTF8.GetBytes(Text).Select(b => (int)b), ByteTokenizer.End], pieces.SelectMany(p => p.Tokens));
        Assert.Equal(0, model.OpenSessions);
    }

    [Fact]
    public void Any_end_token_ends_and_is_not_shown()
    {
        using var model = ScriptedModel.Saying("one.two");
        Assert.Equal("one", Join(Run(model, "x", generator: new TextGenerator(model, ByteTokenizer.Instance, [ByteTokenizer.End, '.']))));
    }

    [Fact]
    public void The_model_sees_the_prompt_then_each_token_once()
    {
        using var model = ScriptedModel.Saying("yz");
        Run(model, "ab");
        Assert.Equal([256, 'y', 'z'], model.Appended);
    }

    [Fact]
    public void A_plain_prompt_starts_with_the_begin_token_and_holds_no_control_token()
    {
        using var model = ScriptedModel.Saying("y");
        var generator = new TextGenerator(model, ByteTokenizer.Instance, [ByteTokenizer.End], ByteTokenizer.Begin);
        Run(model, "</s>", generator: generator);
        Assert.Equal([ByteTokenizer.Begin, '<', '/', 's', '>', 'y'], model.Appended);
    }

    [Fact]
    public void A_template_is_taken_as_it_is()
    {
        using var model = ScriptedModel.Saying("y");
        var generator = new TextGenerator(model, ByteTokenizer.Instance, [ByteTokenizer.End], ByteTokenizer.Begin);
        _ = generator.Generate("<s>x</s>", promptHasSpecialTokens: true, Greedy).ToList();
        Assert.Equal([ByteTokenizer.Begin, 'x', ByteTokenizer.End, 'y'], model.Appended);
    }

    [Fact]
    public void A_stop_text_split_over_tokens_never_leaks()
    {
        using var model = ScriptedModel.Saying("good END. bad");
        List<GeneratedPiece> pieces = Run(model, "x", Greedy with { Stop = ["nope", "END."] });
        Assert.Equal("good ", Join(pieces));
        Assert.Equal(FinishReason.Stop, pieces[^1].Finish);
        Assert.Equal(9, pieces.Count); // nothing is generated after the stop text
    }

    [Fact]
    public void What_looked_like_a_stop_text_comes_out_when_it_is_none()
    {
        using var model = ScriptedModel.Saying("EN END EN");
        Assert.Equal("EN END EN", Join(Run(model, "x", Greedy with { Stop = ["END."] })));
    }

    [Fact]
    public void The_token_limit_ends_with_length_and_gives_what_was_held()
    {
        using var model = ScriptedModel.Saying("aEN");
        List<GeneratedPiece> pieces = Run(model, "x", Greedy with { MaxTokens = 3, Stop = ["END."] });
        Assert.Equal("aEN", Join(pieces));
        Assert.Equal(FinishReason.Length, pieces[^1].Finish);
        Assert.Equal(3, pieces.Sum(p => p.Tokens.Count));
    }

    [Fact]
    public void A_character_cut_by_the_limit_reads_as_when_decoded_at_once()
    {
        using var model = ScriptedModel.Saying("a漢");
        List<GeneratedPiece> pieces = Run(model, "x", Greedy with { MaxTokens = 3 });
        Assert.Equal(ByteTokenizer.Instance.Decode([.. pieces.SelectMany(p => p.Tokens)]), Join(pieces));
    }

    [Theory]
    [InlineData("xxxxx", 4)] // 5 + 3 appended fill the context of 8; a fourth is predicted from it
    [InlineData("xxxxxxxx", 1)]
    public void The_end_of_the_context_ends_with_length(string prompt, int expected)
    {
        using var model = ScriptedModel.Saying("0123456789", contextLength: 8);
        List<GeneratedPiece> pieces = Run(model, prompt);
        Assert.Equal(expected, pieces.Count);
        Assert.Equal(FinishReason.Length, pieces[^1].Finish);
    }

    [Fact]
    public void A_prompt_beyond_the_context_is_refused_at_once_with_the_limit()
    {
        using var model = ScriptedModel.Saying("y", contextLength: 8);
        var generator = new TextGenerator(model, ByteTokenizer.Instance, []);
        string message = Assert.Throws<InputException>(() => generator.Generate("123456789", false, Greedy)).Message;
        Assert.Contains("9 tokens", message, StringComparison.Ordinal);
        Assert.Contains("holds 8", message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_prompt_needs_a_begin_token()
    {
        using var model = ScriptedModel.Saying("y");
        Assert.Throws<InputException>(() => new TextGenerator(model, ByteTokenizer.Instance, []).Generate("", false, Greedy));
        Assert.Equal("y", Join(Run(model, "", generator: new TextGenerator(model, ByteTokenizer.Instance, [ByteTokenizer.End], ByteTokenizer.Begin))));
    }

    [Fact]
    public void Cancellation_stops_between_tokens_and_closes_the_session()
    {
        using var model = ScriptedModel.Saying("0123456789");
        using var source = new CancellationTokenSource();
        var generator = new TextGenerator(model, ByteTokenizer.Instance, []);
        string seen = "";
        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (GeneratedPiece piece in generator.Generate("x", false, Greedy, source.Token))
            {
                seen += piece.Text;
                if (seen.Length == 3)
                {
                    source.Cancel();
                }
            }
        });
        Assert.Equal("012", seen);
        Assert.Equal(0, model.OpenSessions);
    }

    [Fact]
    public void Leaving_the_stream_early_closes_the_session()
    {
        using var model = ScriptedModel.Saying("0123456789");
        var generator = new TextGenerator(model, ByteTokenizer.Instance, []);
        Assert.Equal("0", generator.Generate("x", false, Greedy).First().Text);
        Assert.Equal(0, model.OpenSessions);
    }

    [Fact]
    public void Ids_beyond_the_tokenizer_are_never_generated()
    {
        using var model = new ScriptedModel(20, 300) { VocabularySize = 512 };
        List<GeneratedPiece> pieces = Run(model, "x", Greedy with { Temperature = 1, MaxTokens = 19 });
        Assert.All(pieces.SelectMany(p => p.Tokens), token => Assert.InRange(token, 0, ByteTokenizer.Instance.VocabularySize - 1));
    }

    [Fact]
    public void Broken_logits_are_a_job_error()
    {
        using var model = new ScriptedModel(20, 'a') { OffScript = float.NaN };
        Assert.Throws<JobException>(() => Run(model, "x"));
        Assert.Equal(0, model.OpenSessions);
    }

    [Fact]
    public void A_tokenizer_larger_than_the_model_is_refused()
    {
        using var model = new ScriptedModel(20, 'a') { VocabularySize = 100 };
        Assert.Throws<InputException>(() => new TextGenerator(model, ByteTokenizer.Instance, []));
        using var fitting = new ScriptedModel(20, 'a');
        Assert.Throws<InputException>(() => new TextGenerator(fitting, ByteTokenizer.Instance, [5000]));
    }

    [Fact]
    public void The_repetition_penalty_counts_the_prompt()
    {
        // Logit 20 for 'b' becomes 2 under the penalty, below the 3 of all others; the lowest id not yet used wins.
        using var model = new ScriptedModel(20, 'b') { OffScript = 3 };
        GenerationOptions options = Greedy with { RepetitionPenalty = 10, MaxTokens = 2 };
        Assert.Equal([0, 1], Run(model, "b", options).SelectMany(p => p.Tokens));
        Assert.Equal(['b', 0], Run(model, "c", options).SelectMany(p => p.Tokens));
    }

    [Fact]
    public void A_constraint_lets_only_fitting_text_through_and_ends_with_it()
    {
        using var model = ScriptedModel.Saying("no 12 more");
        var generator = new TextGenerator(model, ByteTokenizer.Instance, [ByteTokenizer.End]);
        List<GeneratedPiece> pieces = [.. generator.Generate("x", false, Greedy, generator.Constraints.Regex("(yes|no)( [0-9]{2})?"))];
        Assert.Equal("no 12", Join(pieces));
        Assert.Equal(FinishReason.Stop, pieces[^1].Finish);
        Assert.Equal(5, pieces.Sum(p => p.Tokens.Count)); // nothing can follow: no end token is asked for

        pieces = [.. generator.Generate("x", false, Greedy with { MaxTokens = 3 }, generator.Constraints.Regex("[0-9]{2,9}"))];
        Assert.Equal(3, Join(pieces).Length);
        Assert.All(Join(pieces), c => Assert.True(char.IsAsciiDigit(c)));
        Assert.Equal(FinishReason.Length, pieces[^1].Finish);

        using var rambling = ScriptedModel.Saying("""{"a": "hello", "b": 1} and so on""");
        generator = new TextGenerator(rambling, ByteTokenizer.Instance, [ByteTokenizer.End]);
        Assert.Equal("""{"a": "hello", "b": 1}""", Join(generator.Generate("x", false, Greedy, generator.Constraints.JsonObject())));
    }

    [Fact]
    public void Log_probabilities_come_with_every_token_when_asked_for()
    {
        using var model = ScriptedModel.Saying("hi");
        List<GeneratedPiece> pieces = Run(model, "x", Greedy with { LogProbabilities = 3 });
        Assert.Equal(3, pieces.Count);
        Assert.All(pieces, piece =>
        {
            TokenLogProbabilities told = Assert.Single(piece.LogProbabilities!);
            Assert.Equal(piece.Tokens.Single(), told.Chosen.Token);
            Assert.Equal(told.Chosen, told.Top[0]);
            Assert.Equal(3, told.Top.Count);
            Assert.Equal(-Math.Log(1 + (258 * Math.Exp(-20))), told.Chosen.LogProbability, 1e-6);
        });
        Assert.All(Run(model, "x"), piece => Assert.Null(piece.LogProbabilities));
    }

    private static List<GeneratedPiece> Run(ScriptedModel model, string prompt, GenerationOptions? options = null, TextGenerator? generator = null) =>
        [.. (generator ?? new TextGenerator(model, ByteTokenizer.Instance, [ByteTokenizer.End])).Generate(prompt, false, options ?? Greedy)];

    private static string Join(IEnumerable<GeneratedPiece> pieces) => string.Concat(pieces.Select(p => p.Text));
}
