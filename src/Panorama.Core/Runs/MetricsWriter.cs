using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Panorama.Core.Errors;
using Panorama.Core.IO;

namespace Panorama.Core.Runs;

/// <summary>
/// Appends to <c>metrics.jsonl</c>: one JSON object a line and a step, with an integer <c>step</c> and numbers in the
/// shortest form that reads back to the same double; a value that is not finite is <c>null</c>. Every line reaches the
/// operating system at once, so a killed process loses none; <see cref="Flush"/> makes them survive a loss of power.
/// Rank 0 alone writes, from one thread.
/// </summary>
public sealed class MetricsWriter : IDisposable
{
    /// <summary>Name of the file within a run's folder.</summary>
    public const string FileName = "metrics.jsonl";

    private readonly string _path;
    private readonly FileStream _stream;
    private readonly ArrayBufferWriter<byte> _line = new(1024);
    private readonly Utf8JsonWriter _json;

    private MetricsWriter(string path, FileStream stream, long lastStep, int dropped)
    {
        (_path, _stream, LastStep, DroppedLines) = (path, stream, lastStep, dropped);
        _json = new Utf8JsonWriter(_line, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    /// <summary>The last step written or kept; -1: none.</summary>
    public long LastStep { get; private set; }

    /// <summary>Lines dropped when the file was opened: later steps, and lines that were not whole.</summary>
    public int DroppedLines { get; }

    /// <summary>Opens a file to append to, dropping what a resumed run is going to write again.</summary>
    /// <param name="path">The file; need not exist, its folder does.</param>
    /// <param name="keepThroughStep">The last step kept; -1: none. Lines of later steps and lines that are not whole are dropped, atomically.</param>
    /// <exception cref="InputException">An existing file cannot be read.</exception>
    /// <exception cref="JobException">The disk is full, or the file cannot be written.</exception>
    public static MetricsWriter Open(string path, long keepThroughStep)
    {
        (long lastStep, int dropped) = File.Exists(path) ? Prune(path, keepThroughStep) : (-1, 0);
        FileStream? stream = null;

        // No buffer of its own: a line is one write to the operating system.
        DiskErrors.Guard(path, null, () => stream = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0));
        return new MetricsWriter(path, stream!, lastStep, dropped);
    }

    /// <summary>Writes the line of a step.</summary>
    /// <param name="step">The step, larger than the last one.</param>
    /// <param name="values">Names and values; no name twice, none named <c>step</c>.</param>
    /// <exception cref="ArgumentException">The step does not follow the last one, or a name is not allowed.</exception>
    /// <exception cref="JobException">The disk is full, or the file cannot be written.</exception>
    public void Write(long step, params ReadOnlySpan<(string Name, double Value)> values)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(step, LastStep);
        _line.ResetWrittenCount();
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteNumber(MetricsPoint.StepName, step);
        for (int i = 0; i < values.Length; i++)
        {
            (string name, double value) = values[i];
            RequireNew(name, values[..i]);
            if (double.IsFinite(value))
            {
                _json.WriteNumber(name, value);
            }
            else
            {
                _json.WriteNull(name);
            }
        }

        _json.WriteEndObject();
        _json.Flush();
        _line.Write("\n"u8);
        long before = _stream.Length;
        try
        {
            _stream.Write(_line.WrittenSpan);
        }
        catch (IOException e)
        {
            CutTo(before);
            throw DiskErrors.Explain(_path, null, e);
        }

        LastStep = step;
    }

    /// <summary>Flushes to disk; to be called where a checkpoint is saved.</summary>
    /// <exception cref="JobException">The disk is full, or the file cannot be written.</exception>
    public void Flush() => DiskErrors.Guard(_path, null, () => _stream.Flush(flushToDisk: true));

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _json.Dispose();
        _stream.Dispose();
    }

    // A full disk takes the beginning of a line; a reader should not meet it.
    private void CutTo(long length)
    {
        try
        {
            _stream.SetLength(length);
        }
        catch (IOException)
        {
            // Opening the file drops what is not whole.
        }
    }

    private static void RequireNew(string name, ReadOnlySpan<(string Name, double Value)> before)
    {
        if (name == MetricsPoint.StepName)
        {
            throw new ArgumentException("a metric cannot be named step", nameof(name));
        }

        foreach ((string other, _) in before)
        {
            if (name == other)
            {
                throw new ArgumentException($"{name} is given twice", nameof(name));
            }
        }
    }

    private static (long LastStep, int Dropped) Prune(string path, long keepThroughStep)
    {
        (long lastStep, int dropped) = Scan(path, keepThroughStep, Stream.Null);
        if (dropped > 0)
        {
            AtomicFile.Write(path, kept => Scan(path, keepThroughStep, kept));
        }

        return (lastStep, dropped);
    }

    private static (long LastStep, int Dropped) Scan(string path, long keepThroughStep, Stream kept)
    {
        long lastStep = -1;
        int dropped = 0;
        using FileStream stream = InputFile.OpenRead(path, FileOptions.SequentialScan);
        var lines = new JsonLineReader(stream);
        try
        {
            while (lines.TryRead(out ReadOnlyMemory<byte> line))
            {
                // A last line without its line feed may be whole JSON by chance, with a number cut short.
                if (lines.Terminated && MetricsPoint.TryParse(line, out MetricsPoint? point) && point.Step > lastStep && point.Step <= keepThroughStep)
                {
                    lastStep = point.Step;
                    kept.Write(line.Span);
                    kept.WriteByte((byte)'\n');
                }
                else
                {
                    dropped++;
                }
            }
        }
        catch (InvalidDataException)
        {
            dropped++; // an endless line: nothing behind it was written by us
        }

        return (lastStep, dropped);
    }
}
