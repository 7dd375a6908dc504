using Spectre.Console;
using Spectre.Console.Rendering;

namespace Panorama.Cli.Terminal;

/// <summary>Colour, tables and live bars for a person at a terminal.</summary>
internal sealed class RichConsole : IRunConsole
{
    private readonly Lock _lock = new();
    private readonly IAnsiConsole _console;
    private LiveBars? _bars;

    /// <summary>Takes over the terminal behind <paramref name="writer"/>.</summary>
    /// <param name="writer">A writer to a capable terminal.</param>
    public RichConsole(TextWriter writer)
        : this(AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer), Ansi = AnsiSupport.Yes }))
    {
    }

    /// <summary>Uses a console that is already set up.</summary>
    /// <param name="console">The console.</param>
    public RichConsole(IAnsiConsole console) => _console = console;

    /// <inheritdoc/>
    public bool IsInteractive => true;

    /// <inheritdoc/>
    public void Info(string message) => _console.WriteLine(TerminalText.Clean(message));

    /// <inheritdoc/>
    public void Warn(string message) => _console.MarkupLine($"[yellow]warning:[/] {Safe(message)}");

    /// <inheritdoc/>
    public void Heading(string title) => _console.MarkupLine($"[bold blue]{Safe(title)}[/]");

    /// <inheritdoc/>
    public void Write(string text) => _console.Profile.Out.Writer.Write(TerminalText.Clean(text));

    /// <inheritdoc/>
    public void Table(TextTable table)
    {
        var grid = new Table { Border = TableBorder.Rounded, BorderStyle = new Style(Color.Grey) };
        if (table.Title.Length > 0)
            grid.Title = new TableTitle(Safe(table.Title), new Style(decoration: Decoration.Bold));
        foreach (TextColumn column in table.Columns)
            grid.AddColumn(new TableColumn(new Markup($"[bold]{Safe(column.Header)}[/]")) { Alignment = column.Right ? Justify.Right : Justify.Left });
        foreach (IReadOnlyList<string> row in table.Rows)
            grid.AddRow([.. row.Select(cell => (IRenderable)new Text(TerminalText.Clean(cell)))]);
        _console.Write(grid);
    }

    /// <inheritdoc/>
    public IProgressTask StartTask(string name, long? total, string unit)
    {
        lock (_lock)
        {
            _bars ??= new LiveBars(_console);
            return _bars.Add(name, new ProgressMeter(total, unit, TimeProvider.System), OnBarEnded);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _bars?.Dispose();
            _bars = null;
        }
    }

    private static string Safe(string text) => Markup.Escape(TerminalText.Clean(text));

    // With the last bar the live region ends, so that later output scrolls as usual.
    private void OnBarEnded(LiveBars bars)
    {
        lock (_lock)
        {
            if (ReferenceEquals(bars, _bars) && bars.AllEnded)
                Dispose();
        }
    }
}
