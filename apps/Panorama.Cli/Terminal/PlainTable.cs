using System.Text;

namespace Panorama.Cli.Terminal;

/// <summary>A table as aligned columns of plain text.</summary>
internal static class PlainTable
{
    /// <summary>Renders without a final line end.</summary>
    /// <param name="table">Headers and cells.</param>
    public static string Render(TextTable table)
    {
        int[] widths = [.. table.Columns.Select((column, i) => Math.Max(column.Header.Length, table.Rows.Select(row => Cell(row, i).Length).DefaultIfEmpty().Max()))];
        var text = new StringBuilder();
        if (table.Title.Length > 0)
            text.Append(table.Title).Append('\n');
        AppendRow(text, table, [.. table.Columns.Select(column => column.Header)], widths);
        foreach (IReadOnlyList<string> row in table.Rows)
        {
            text.Append('\n');
            AppendRow(text, table, row, widths);
        }

        return text.ToString();
    }

    private static void AppendRow(StringBuilder text, TextTable table, IReadOnlyList<string> row, int[] widths)
    {
        int start = text.Length;
        for (int i = 0; i < widths.Length; i++)
        {
            string cell = Cell(row, i);
            text.Append("  ").Append(table.Columns[i].Right ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]));
        }

        while (text.Length > start && text[^1] == ' ')
            text.Length--;
    }

    private static string Cell(IReadOnlyList<string> row, int column) =>
        column < row.Count ? TerminalText.Shorten(row[column], 200) : "";
}
