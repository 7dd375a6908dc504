using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Panorama.Core.Runs;

/// <summary>Resident memory of this process.</summary>
public static class ProcessMemory
{
    private const string LinuxStatus = "/proc/self/status";

    /// <summary>Bytes resident now.</summary>
    public static long CurrentBytes => OperatingSystem.IsLinux() && ReadStatus("VmRSS:") is { } bytes
        ? bytes
        : OfProcess(static p => p.WorkingSet64);

    /// <summary>The most bytes resident since the process started, or since <see cref="ResetPeak"/>: VmHWM on Linux, the peak working set elsewhere.</summary>
    public static long PeakBytes => OperatingSystem.IsLinux() && ReadStatus("VmHWM:") is { } bytes
        ? bytes
        : OfProcess(static p => Math.Max(p.PeakWorkingSet64, p.WorkingSet64)); // macOS knows no peak

    /// <summary>Lets <see cref="PeakBytes"/> begin anew from what is resident now. Linux alone can; elsewhere the peak of the whole process stays.</summary>
    /// <returns>Whether it did.</returns>
    public static bool ResetPeak()
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        try
        {
            File.WriteAllText("/proc/self/clear_refs", "5"); // proc(5): resets the peak resident set size
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // a kernel or container without it
        }
    }

    private static long OfProcess(Func<Process, long> read)
    {
        using var process = Process.GetCurrentProcess();
        return read(process);
    }

    private static long? ReadStatus(string field)
    {
        try
        {
            // Asked every step: no reader with its buffers, which would fill the youngest generation and so be measured.
            using Microsoft.Win32.SafeHandles.SafeFileHandle status = File.OpenHandle(LinuxStatus);
            Span<byte> bytes = stackalloc byte[4096];
            Span<char> text = stackalloc char[bytes.Length];
            int length = RandomAccess.Read(status, bytes, 0);
            return LinuxProc.FindKibibytes(text[..Encoding.Latin1.GetChars(bytes[..length], text)], field);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // no /proc in this container
        }
    }
}

/// <summary>Parses files of Linux's /proc.</summary>
internal static class LinuxProc
{
    /// <summary>The value in bytes of a line such as <c>VmRSS:   1234 kB</c>.</summary>
    public static long? FindKibibytes(ReadOnlySpan<char> text, string field)
    {
        ReadOnlySpan<char> value = FindValue(text, field);
        int unit = value.IndexOf(" kB");
        return unit > 0 && long.TryParse(value[..unit], NumberStyles.None, CultureInfo.InvariantCulture, out long kibibytes) ? kibibytes * 1024 : null;
    }

    /// <summary>The trimmed rest of the first line that starts with a field; empty: there is none.</summary>
    public static ReadOnlySpan<char> FindValue(ReadOnlySpan<char> text, string field)
    {
        foreach (ReadOnlySpan<char> line in text.EnumerateLines())
        {
            if (line.StartsWith(field, StringComparison.Ordinal))
            {
                return line[field.Length..].Trim();
            }
        }

        return default;
    }
}
