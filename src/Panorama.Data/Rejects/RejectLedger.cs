using System.Text.Json;
using Panorama.Core.Errors;
using Panorama.Core.IO;
using Panorama.Data.Documents;

namespace Panorama.Data.Rejects;

/// <summary>How much one step dropped for one reason.</summary>
/// <param name="Step">The step that decided.</param>
/// <param name="Reason">The reason's name.</param>
/// <param name="Documents">Documents, records, or files dropped.</param>
/// <param name="Bytes">Their size in UTF-8 bytes of text, or of the file where there was no text yet.</param>
public sealed record RejectCount(string Step, string Reason, long Documents, long Bytes);

/// <summary>
/// Counts everything that does not go on, by step and reason, and keeps it in a JSON Lines file if asked
/// (<c>step, reason, where, bytes, detail, id, text</c>). Every line reaches the operating system at once, so a killed process
/// loses none and closing cannot fail. Safe for use by several threads.
/// </summary>
public sealed class RejectLedger : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Step, string Reason), (long Documents, long Bytes)> _counts = [];
    private readonly string? _path;
    private readonly FileStream? _file;

    /// <summary>Starts an empty ledger.</summary>
    /// <param name="path">File to keep the rejects in (replaced if there); null only counts.</param>
    /// <exception cref="JobException">The file cannot be made.</exception>
    public RejectLedger(string? path = null)
    {
        if (path is null)
            return;
        _path = path;
        FileStream? file = null;
        DiskErrors.Guard(path, null, () => file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0));
        _file = file;
    }

    /// <summary>Records a dropped document.</summary>
    /// <param name="step">The step that decided.</param>
    /// <param name="reason">Why.</param>
    /// <param name="document">What was dropped.</param>
    /// <param name="detail">More about the reason, for example the id of the document it duplicates.</param>
    /// <exception cref="JobException">The disk is full, or the file cannot be written.</exception>
    public void Add(string step, DropReason reason, Document document, string? detail = null) =>
        Add(step, reason, document.Source, document.Utf8Bytes, detail, document.Id, document.Text);

    /// <summary>Records a dropped file or record that never became a document.</summary>
    /// <param name="step">The step that decided.</param>
    /// <param name="reason">Why.</param>
    /// <param name="where">File, or file:line.</param>
    /// <param name="bytes">Its size.</param>
    /// <param name="detail">More about the reason.</param>
    /// <param name="id">The document's id, if it has one.</param>
    /// <param name="text">The text or the raw record, if it is to be kept.</param>
    /// <exception cref="JobException">The disk is full, or the file cannot be written.</exception>
    public void Add(string step, DropReason reason, string where, long bytes, string? detail = null, string? id = null, string? text = null)
    {
        lock (_gate)
        {
            (long documents, long sum) = _counts.GetValueOrDefault((step, reason.Name));
            _counts[(step, reason.Name)] = (documents + 1, sum + bytes);
            if (_file is null)
                return;
            var line = new RejectLine(step, reason.Name, where, bytes, detail, id, text);
            byte[] json = JsonSerializer.SerializeToUtf8Bytes(line, DataJson.Lines.RejectLine);
            try
            {
                _file.Write([.. json, (byte)'\n']);
            }
            catch (IOException e)
            {
                throw DiskErrors.Explain(_path!, null, e);
            }
        }
    }

    /// <summary>The counts so far, ordered by step and reason.</summary>
    public IReadOnlyList<RejectCount> Counts()
    {
        lock (_gate)
        {
            return [.. _counts
                .Select(c => new RejectCount(c.Key.Step, c.Key.Reason, c.Value.Documents, c.Value.Bytes))
                .OrderBy(c => c.Step, StringComparer.Ordinal).ThenBy(c => c.Reason, StringComparer.Ordinal)];
        }
    }

    /// <summary>Closes the file of rejects.</summary>
    public void Dispose() => _file?.Dispose();
}

/// <summary>One line of the rejects file.</summary>
internal sealed record RejectLine(string Step, string Reason, string Where, long Bytes, string? Detail, string? Id, string? Text);
