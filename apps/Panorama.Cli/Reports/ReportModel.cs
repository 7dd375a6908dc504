using Panorama.Cli.Terminal;
using Panorama.Data.Rejects;

namespace Panorama.Cli.Reports;

/// <summary>What a report shows, without a word on how.</summary>
/// <param name="Title">The name of the run.</param>
/// <param name="Summary">One sentence below the title: what was done, when, on what.</param>
/// <param name="KeyFigures">The few numbers that matter most.</param>
/// <param name="Sections">The parts in order.</param>
internal sealed record ReportModel(string Title, string Summary, IReadOnlyList<KeyFigure> KeyFigures, IReadOnlyList<ReportSection> Sections);

/// <summary>A number that matters.</summary>
/// <param name="Label">What it is.</param>
/// <param name="Value">The number with its unit.</param>
/// <param name="Note">What to compare it with; may be empty.</param>
internal sealed record KeyFigure(string Label, string Value, string Note = "");

/// <summary>A part of a report.</summary>
/// <param name="Title">Its heading.</param>
/// <param name="Note">A sentence below the heading; may be empty.</param>
internal abstract record ReportSection(string Title, string Note);

/// <summary>What each step of the data kept, and why the rest went.</summary>
/// <param name="Title">The heading.</param>
/// <param name="Note">A sentence; may be empty.</param>
/// <param name="Funnel">The steps.</param>
internal sealed record FunnelSection(string Title, string Note, Funnel Funnel) : ReportSection(Title, Note);

/// <summary>Plots.</summary>
/// <param name="Title">The heading.</param>
/// <param name="Note">A sentence; may be empty.</param>
/// <param name="Charts">One or several.</param>
internal sealed record ChartSection(string Title, string Note, IReadOnlyList<Chart> Charts) : ReportSection(Title, Note);

/// <summary>A table.</summary>
/// <param name="Title">The heading.</param>
/// <param name="Note">A sentence; may be empty.</param>
/// <param name="Table">Its cells; its own title is not shown.</param>
internal sealed record TableSection(string Title, string Note, TextTable Table) : ReportSection(Title, Note);

/// <summary>Questions with the expected and the given answers.</summary>
/// <param name="Title">The heading.</param>
/// <param name="Note">A sentence; may be empty.</param>
/// <param name="Samples">The samples in order.</param>
internal sealed record SamplesSection(string Title, string Note, IReadOnlyList<ReportSample> Samples) : ReportSection(Title, Note);

/// <summary>One question and its answers.</summary>
/// <param name="Question">What was asked.</param>
/// <param name="Expected">The right answer; <see langword="null"/> if there is none.</param>
/// <param name="Answer">What the model said.</param>
/// <param name="Score">0 to 1; <see langword="null"/> if not scored.</param>
internal sealed record ReportSample(string Question, string? Expected, string Answer, double? Score = null);

/// <summary>Names and values, in groups side by side: versions, hardware.</summary>
/// <param name="Title">The heading.</param>
/// <param name="Note">A sentence; may be empty.</param>
/// <param name="Groups">The groups.</param>
internal sealed record FactsSection(string Title, string Note, IReadOnlyList<FactGroup> Groups) : ReportSection(Title, Note);

/// <summary>Names and values that belong together.</summary>
/// <param name="Title">What they are about.</param>
/// <param name="Facts">The names and values in order.</param>
internal sealed record FactGroup(string Title, IReadOnlyList<KeyValuePair<string, string>> Facts);

/// <summary>Preformatted text, such as a recipe or the commands to type next.</summary>
/// <param name="Title">The heading.</param>
/// <param name="Note">A sentence; may be empty.</param>
/// <param name="Text">The text, shown as it is.</param>
internal sealed record TextSection(string Title, string Note, string Text) : ReportSection(Title, Note);
