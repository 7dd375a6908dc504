using System.Globalization;
using Panorama.Core.Errors;
using Panorama.Core.IO;

namespace Panorama.Core.Runs;

/// <summary>Reads <c>metrics.jsonl</c>, also while a run is writing it.</summary>
public static class MetricsReader
{
    /// <summary>Streams the points of a file; a half-written last line is left out.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">The file cannot be read.</exception>
    /// <exception cref="InvalidFileException">A line is not a point; names its number.</exception>
    public static IEnumerable<MetricsPoint> Read(string path)
    {
        using FileStream stream = InputFile.OpenRead(path, FileOptions.SequentialScan);
        var lines = new JsonLineReader(stream);
        while (TryRead(lines, path, out ReadOnlyMemory<byte> line))
        {
            if (MetricsPoint.TryParse(line, out MetricsPoint? point))
            {
                yield return point;
            }
            else if (lines.Terminated)
            {
                throw new InvalidFileException(path, string.Create(CultureInfo.InvariantCulture, $"line {lines.LineNumber} is not a JSON object of numbers with an integer \"step\". Remove the line."));
            }
        }
    }

    /// <summary>Streams one metric: the steps that have it, and its values.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">The metric.</param>
    /// <inheritdoc cref="Read" path="/exception"/>
    public static IEnumerable<(long Step, double Value)> ReadSeries(string path, string name)
    {
        foreach (MetricsPoint point in Read(path))
        {
            if (point.Values.TryGetValue(name, out double value))
            {
                yield return (point.Step, value);
            }
        }
    }

    private static bool TryRead(JsonLineReader lines, string path, out ReadOnlyMemory<byte> line)
    {
        try
        {
            return lines.TryRead(out line);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidFileException(path, e.Message, e);
        }
    }
}
