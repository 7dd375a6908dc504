using System.Buffers.Binary;
using System.Globalization;
using Panorama.Core.Errors;
using Panorama.Core.IO;

namespace Panorama.Core.Runs;

/// <summary>
/// Writes scalars to an event file that TensorBoard reads: TFRecord frames (length, its masked CRC-32C, data, its masked
/// CRC-32C) around Event messages (https://github.com/tensorflow/tensorflow, core/util/event.proto and
/// core/framework/summary.proto). Every start of a run adds a file; one thread writes.
/// </summary>
public sealed class TensorBoardWriter : IDisposable
{
    // Field numbers of event.proto and summary.proto.
    private const int EventWallTime = 1;
    private const int EventStep = 2;
    private const int EventFileVersion = 3;
    private const int EventSummary = 5;
    private const int EventSessionLog = 7;
    private const int SummaryValue = 1;
    private const int ValueTag = 1;
    private const int ValueSimpleValue = 2;
    private const int SessionLogStatus = 1;
    private const int SessionLogStart = 1;

    private readonly FileStream _stream;
    private readonly TimeProvider _time;
    private readonly ProtobufWriter _event = new();
    private readonly ProtobufWriter _summary = new();
    private readonly ProtobufWriter _value = new();
    private byte[] _frame = new byte[1024];

    private TensorBoardWriter(string path, FileStream stream, TimeProvider time) => (Path, _stream, _time) = (path, stream, time);

    /// <summary>The event file.</summary>
    public string Path { get; }

    /// <summary>Starts a new event file.</summary>
    /// <param name="folder">The run's folder for TensorBoard; made if missing.</param>
    /// <param name="resumedAfterStep">A resumed run: earlier files' points of later steps are hidden by TensorBoard; <see langword="null"/>: a new run.</param>
    /// <param name="time">The clock of the events; <see langword="null"/>: the system's.</param>
    /// <exception cref="JobException">The disk is full, or the file cannot be written.</exception>
    public static TensorBoardWriter Create(string folder, long? resumedAfterStep = null, TimeProvider? time = null)
    {
        time ??= TimeProvider.System;
        FileStream? stream = null;
        string path = "";
        DiskErrors.Guard(folder, null, () =>
        {
            Directory.CreateDirectory(folder);
            stream = OpenNew(folder, time.GetUtcNow().ToUnixTimeSeconds(), out path);
        });
        var writer = new TensorBoardWriter(path, stream!, time);
        writer.Begin();
        writer._event.Write(EventFileVersion, "brain.Event:2");
        writer.WriteFrame();
        if (resumedAfterStep is { } step)
        {
            writer.WriteSessionStart(step + 1);
        }

        return writer;
    }

    /// <summary>Writes the scalars of a step; TensorBoard keeps them as singles.</summary>
    /// <param name="step">The step.</param>
    /// <param name="values">Tags and values.</param>
    /// <exception cref="JobException">The disk is full, or the file cannot be written.</exception>
    public void Write(long step, params ReadOnlySpan<(string Tag, double Value)> values)
    {
        Begin();
        _event.Write(EventStep, step);
        _summary.Clear();
        foreach ((string tag, double value) in values)
        {
            _value.Clear();
            _value.Write(ValueTag, tag);
            _value.Write(ValueSimpleValue, (float)value);
            _summary.Write(SummaryValue, _value);
        }

        _event.Write(EventSummary, _summary);
        WriteFrame();
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _stream.Dispose();

    // The first number must be the time: TensorBoard reads a folder's files in the order of their names.
    private static FileStream OpenNew(string folder, long seconds, out string path)
    {
        for (int i = 0; ; i++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"events.out.tfevents.{seconds:D10}.{Environment.MachineName}.{Environment.ProcessId}.{i}");
            path = System.IO.Path.Combine(folder, name);
            if (!File.Exists(path))
            {
                return new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
            }
        }
    }

    private void Begin()
    {
        _event.Clear();
        _event.Write(EventWallTime, (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds);
    }

    private void WriteSessionStart(long firstStep)
    {
        Begin();
        _event.Write(EventStep, firstStep);
        _value.Clear();
        _value.Write(SessionLogStatus, SessionLogStart);
        _event.Write(EventSessionLog, _value);
        WriteFrame();
    }

    private void WriteFrame()
    {
        const int HeadBytes = sizeof(ulong) + sizeof(uint);
        ReadOnlySpan<byte> data = _event.Written;
        int total = HeadBytes + data.Length + sizeof(uint);
        if (_frame.Length < total)
        {
            _frame = new byte[total * 2];
        }

        Span<byte> frame = _frame.AsSpan(0, total);
        BinaryPrimitives.WriteInt64LittleEndian(frame, data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[sizeof(ulong)..], Crc32C.Masked(frame[..sizeof(ulong)]));
        data.CopyTo(frame[HeadBytes..]);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[^sizeof(uint)..], Crc32C.Masked(data));
        try
        {
            _stream.Write(frame);
        }
        catch (IOException e)
        {
            throw DiskErrors.Explain(Path, null, e);
        }
    }
}
