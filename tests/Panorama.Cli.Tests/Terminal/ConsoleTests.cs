using Panorama.Cli.Terminal;
using Spectre.Console;

namespace Panorama.Cli.Tests.Terminal;

public sealed class ConsoleTests : IDisposable
{
    private static readonly TextTable Sample = new("Stages", [new("stage"), new("time", Right: true)], [["read", "8.2 s"], ["train", "123 s"]]);

    private readonly ManualClock _clock = new();
    private readonly StringWriter _text = new();

    [Fact]
    public void The_meter_shows_the_rate_of_the_last_seconds_and_the_time_left()
    {
        var meter = new ProgressMeter(400, "steps", _clock);
        meter.Report(100, "loss 2.31"); // resumed: the first report is the base
        for (int i = 0; i < 100; i++)
        {
            _clock.Advance(0.1);
            meter.Report(101 + i, null);
        }

        Assert.Equal("200/400 steps (50 %) · 10.0 steps/s · 20 s left · loss 2.31", meter.Line());

        for (int i = 0; i < 40; i++) // slower now: after 20 s only the new speed counts
        {
            _clock.Advance(1);
            meter.Report(201 + i, null);
        }

        Assert.Equal(1, meter.Rate, 1e-9);
        Assert.Equal(TimeSpan.FromSeconds(160), meter.Remaining);
        Assert.Equal("240 steps in 50 s · loss 2.31", meter.Summary());
    }

    [Fact]
    public void The_meter_knows_what_it_cannot_know()
    {
        var meter = new ProgressMeter(null, "B", _clock);
        Assert.Equal("0 B", meter.Line());
        Assert.Null(meter.Fraction);
        Assert.Null(meter.Remaining);
        meter.Report(0, null);
        _clock.Advance(2);
        meter.Report(3_000_000, null);
        Assert.Equal("3.00 MB · 1.50 MB/s", meter.Line());
        meter.SetTotal(6_000_000);
        Assert.Equal("3.00 MB/6.00 MB (50 %) · 1.50 MB/s · 2.0 s left", meter.Line());
    }

    [Fact]
    public void Plain_progress_is_one_line_every_ten_seconds_and_one_at_the_end()
    {
        using var console = new PlainConsole(_text, _clock);
        using (IProgressTask task = console.StartTask("train", 100, "steps"))
        {
            for (int step = 1; step <= 100; step++)
            {
                _clock.Advance(0.25);
                task.Report(step, "loss 2");
            }
        }

        string[] lines = _text.ToString().TrimEnd('\n').Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.Equal("train: 40/100 steps (40 %) · 4.00 steps/s · 15 s left · loss 2", lines[0]);
        Assert.Equal("train: 100 steps in 25 s · loss 2", lines[2]);
    }

    [Fact]
    public void Plain_tables_are_aligned()
    {
        using var console = new PlainConsole(_text, _clock);
        console.Table(Sample);
        Assert.Equal("Stages\n  stage   time\n  read   8.2 s\n  train  123 s\n", _text.ToString());
    }

    [Fact]
    public void A_terminal_gets_bars_tables_and_escaped_text()
    {
        using (var console = new RichConsole(Terminal()))
        {
            console.Info("plain [red]text\u001b[2J");
            console.Warn("[bold]");
            console.Table(Sample);
            using (IProgressTask first = console.StartTask("train [x]", 10, "steps"))
            {
                first.Report(10, "loss [2]");
                console.Info("between");
            }

            using IProgressTask second = console.StartTask("next", null, "documents");
            second.Report(3);
        }

        string text = _text.ToString();
        Assert.Contains("plain [red]text[2J", text);
        Assert.Contains("[bold]", text);
        Assert.Contains("╭", text);
        Assert.Contains("train [x]", text);
        Assert.Contains("10 steps in", text);
        Assert.Contains("loss [2]", text);
        Assert.Contains("between", text);
        Assert.Contains("3 documents in", text);
        Assert.DoesNotContain("\u001b[2J", text);
        Assert.EndsWith("\u001b[?25h", text.TrimEnd()); // the cursor is back
    }

    public void Dispose() => _text.Dispose();

    private IAnsiConsole Terminal()
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.Yes, Interactive = InteractionSupport.Yes, Out = new AnsiConsoleOutput(_text) });
        console.Profile.Width = 120;
        return console;
    }
}
