using System.Reflection;
using Panorama.Cli.Terminal;
using Panorama.Data.Rejects;

namespace Panorama.Cli.Reports;

/// <summary>
/// Renders a report as one HTML file that needs nothing else: style and plots are inline, there is no script, and a
/// content security policy forbids the rest, because samples are text of unknown origin.
/// </summary>
internal static class ReportHtml
{
    private static readonly Lazy<string> Style = new(() => Resource("report.css"));

    /// <summary>Renders a report.</summary>
    /// <param name="model">What to show.</param>
    public static string Render(ReportModel model)
    {
        var body = new HtmlText();
        body.Add($"<header><h1>{model.Title}</h1><p>{model.Summary}</p></header>\n");
        if (model.KeyFigures.Count > 0)
            body.Add($"{Tiles(model.KeyFigures)}");
        foreach (ReportSection section in model.Sections)
            body.Add($"{Section(section)}");
        return $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <title>{HtmlText.Escape(model.Title)}</title>
            <style>
            {Style.Value}</style>
            </head>
            <body>
            <main>
            {body}</main>
            </body>
            </html>

            """;
    }

    private static HtmlText Tiles(IReadOnlyList<KeyFigure> figures)
    {
        var tiles = new HtmlText();
        tiles.Add($"<div class=\"tiles\">\n");
        foreach (KeyFigure figure in figures)
            tiles.Add($"<div class=\"tile\"><span>{figure.Label}</span><strong>{figure.Value}</strong><small>{figure.Note}</small></div>\n");
        return tiles.Add($"</div>\n");
    }

    private static HtmlText Section(ReportSection section)
    {
        var html = new HtmlText();
        html.Add($"<section>\n<h2>{section.Title}</h2>\n");
        if (section.Note.Length > 0)
            html.Add($"<p class=\"note\">{section.Note}</p>\n");
        HtmlText content = section switch
        {
            FunnelSection funnel => Funnel(funnel.Funnel),
            ChartSection charts => Charts(charts.Charts),
            TableSection table => Table(table.Table),
            SamplesSection samples => Samples(samples.Samples),
            FactsSection facts => Facts(facts.Groups),
            TextSection text => new HtmlText().Add($"<pre>{text.Text}</pre>\n"),
            _ => throw new NotSupportedException($"no rendering for {section.GetType()}"),
        };
        return html.Add($"{content}</section>\n");
    }

    private static HtmlText Funnel(Funnel funnel)
    {
        var html = new HtmlText();
        long most = Math.Max(1, funnel.Steps.Select(step => step.DocumentsIn).DefaultIfEmpty().Max());
        html.Add($"<div class=\"scroll\"><table class=\"funnel\">\n<thead><tr><th>step</th><th class=\"wide\">documents kept</th><th class=\"r\">documents</th><th class=\"r\">text</th><th>dropped</th></tr></thead>\n<tbody>\n");
        foreach (FunnelStep step in funnel.Steps)
        {
            double kept = 100.0 * step.DocumentsOut / most;
            double gone = 100.0 * Math.Max(0, step.DocumentsIn - step.DocumentsOut) / most;
            html.Add($"<tr><th scope=\"row\">{Words(step.Name)}</th><td class=\"wide\"><div class=\"bar\"><i class=\"kept\" style=\"width:{kept:0.##}%\"></i><i class=\"gone\" style=\"width:{gone:0.##}%\"></i></div></td>");
            html.Add($"<td class=\"r\">{Format.Count(step.DocumentsOut)}</td><td class=\"r\">{Format.Bytes(step.BytesOut)}</td><td>{Dropped(step)}</td></tr>\n");
        }

        return html.Add($"</tbody></table></div>\n");
    }

    private static HtmlText Dropped(FunnelStep step)
    {
        var html = new HtmlText();
        foreach (RejectCount dropped in step.Dropped.OrderByDescending(dropped => dropped.Documents))
            html.Add($"<span class=\"reason\">{Words(dropped.Reason)} <b>{Format.Count(dropped.Documents)}</b></span> ");
        return html;
    }

    private static HtmlText Charts(IReadOnlyList<Chart> charts)
    {
        var html = new HtmlText();
        foreach (Chart chart in charts)
            html.Add($"{SvgChart.Render(chart)}");
        return html;
    }

    private static HtmlText Table(TextTable table)
    {
        var html = new HtmlText();
        html.Add($"<div class=\"scroll\"><table>\n<thead><tr>");
        foreach (TextColumn column in table.Columns)
            html.Add($"<th class=\"{Side(column)}\">{column.Header}</th>");
        html.Add($"</tr></thead>\n<tbody>\n");
        foreach (IReadOnlyList<string> row in table.Rows)
        {
            html.Add($"<tr>");
            foreach ((string cell, TextColumn column) in row.Zip(table.Columns))
                html.Add($"<td class=\"{Side(column)}\">{cell}</td>");
            html.Add($"</tr>\n");
        }

        return html.Add($"</tbody></table></div>\n");
    }

    private static HtmlText Samples(IReadOnlyList<ReportSample> samples)
    {
        var html = new HtmlText();
        foreach (ReportSample sample in samples)
        {
            html.Add($"<article class=\"sample\"><h3>{sample.Question}");
            if (sample.Score is { } score)
                html.Add($" <span class=\"score\">{score:0.00}</span>");
            html.Add($"</h3><dl><div><dt>answer</dt><dd>{sample.Answer}</dd></div>");
            if (sample.Expected is not null)
                html.Add($"<div><dt>expected</dt><dd>{sample.Expected}</dd></div>");
            html.Add($"</dl></article>\n");
        }

        return html;
    }

    private static HtmlText Facts(IReadOnlyList<FactGroup> groups)
    {
        var html = new HtmlText();
        html.Add($"<div class=\"facts\">\n");
        foreach (FactGroup group in groups)
        {
            html.Add($"<div><h3>{group.Title}</h3><dl>");
            foreach ((string name, string value) in group.Facts)
                html.Add($"<div><dt>{name}</dt><dd>{value}</dd></div>");
            html.Add($"</dl></div>\n");
        }

        return html.Add($"</div>\n");
    }

    private static string Words(string name) => name.Replace('_', ' ');

    private static string Side(TextColumn column) => column.Right ? "r" : "l";

    private static string Resource(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
