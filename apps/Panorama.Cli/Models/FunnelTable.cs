using Panorama.Cli.Terminal;
using Panorama.Data.Rejects;

namespace Panorama.Cli.Models;

/// <summary>What the data steps kept, for the terminal.</summary>
internal static class FunnelTable
{
    /// <summary>How many documents and bytes each step kept, and why the others went.</summary>
    /// <param name="funnel">The funnel.</param>
    public static TextTable Of(Funnel funnel) => new(
        "Data funnel",
        [new("Step"), new("Documents", Right: true), new("Bytes", Right: true), new("Seconds", Right: true), new("Dropped")],
        [.. funnel.Steps.Select(s => (IReadOnlyList<string>)
        [
            s.Name,
            Format.Count(s.DocumentsOut),
            Format.Bytes(s.BytesOut),
            Format.Significant(s.Seconds),
            string.Join(", ", s.Dropped.Select(d => $"{Format.Count(d.Documents)} {d.Reason.Replace('_', ' ')}")),
        ])]);
}
