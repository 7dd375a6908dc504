namespace Panorama.Cli.Terminal;

/// <summary>
/// What a run tells people while it works: coloured lines, tables and live bars on a terminal, plain lines elsewhere.
/// Safe for use by several threads. Control characters in the texts are dropped.
/// </summary>
internal interface IRunConsole : IDisposable
{
    /// <summary>Whether a person watches on a capable terminal.</summary>
    bool IsInteractive { get; }

    /// <summary>A line about what goes on.</summary>
    /// <param name="message">The line.</param>
    void Info(string message);

    /// <summary>A line about something the user should look at; the run goes on.</summary>
    /// <param name="message">The line.</param>
    void Warn(string message);

    /// <summary>The start of a new part of the run.</summary>
    /// <param name="title">The part's name.</param>
    void Heading(string title);

    /// <summary>Streamed text, without a line end of its own.</summary>
    /// <param name="text">The next piece.</param>
    void Write(string text);

    /// <summary>A table.</summary>
    /// <param name="table">Headers and cells.</param>
    void Table(TextTable table);

    /// <summary>Starts a piece of work with a live bar; disposing it ends it.</summary>
    /// <param name="name">What is done.</param>
    /// <param name="total">Units to do, or <see langword="null"/> if unknown.</param>
    /// <param name="unit">The unit in the plural: <c>steps</c>, <c>documents</c>, <c>B</c>.</param>
    IProgressTask StartTask(string name, long? total, string unit);
}

/// <summary>A piece of work under way. Reporting is cheap: call it as often as is handy.</summary>
internal interface IProgressTask : IDisposable
{
    /// <summary>Says how far the work is.</summary>
    /// <param name="done">Units done so far in all; the first report is the base of the rate, so a resumed run shows its true speed.</param>
    /// <param name="detail">A few live figures, for example <c>loss 2.31 · 3,600 tok/s</c>; <see langword="null"/> keeps the last.</param>
    void Report(long done, string? detail = null);

    /// <summary>Corrects the number of units to do.</summary>
    /// <param name="total">Units to do.</param>
    void SetTotal(long total);
}

/// <summary>A table of text.</summary>
/// <param name="Title">Shown above; may be empty.</param>
/// <param name="Columns">The headers.</param>
/// <param name="Rows">The cells; each row as long as <paramref name="Columns"/>.</param>
internal sealed record TextTable(string Title, IReadOnlyList<TextColumn> Columns, IReadOnlyList<IReadOnlyList<string>> Rows);

/// <summary>A column of a table.</summary>
/// <param name="Header">Its header.</param>
/// <param name="Right">Whether cells are aligned to the right, as numbers are.</param>
internal sealed record TextColumn(string Header, bool Right = false);
