using System.Globalization;
using Panorama.Core.Errors;
using Panorama.Core.IO;

namespace Panorama.Core.Runs;

/// <summary>
/// How much memory this process can still take without being killed or driving the machine to its disk: on Linux what the kernel
/// deems available, and no more than what any control group above the process leaves (versions 1 and 2, cgroups(7)).
/// </summary>
public static class AvailableMemory
{
    // Version 1 writes "no limit" as a number near 2^63.
    private const long Unlimited = 1L << 60;

    /// <summary>Bytes available now.</summary>
    public static long Bytes => OperatingSystem.IsLinux() ? OnLinux("/proc", "/sys/fs/cgroup") ?? FromRuntime() : FromRuntime();

    /// <summary>Refuses work that needs more memory than there is.</summary>
    /// <param name="what">The work, to begin the message.</param>
    /// <param name="bytesNeeded">What it takes beyond what is taken now.</param>
    /// <param name="remedy">How to need less.</param>
    /// <exception cref="InputException">There is less; the message says the need, what there is, and the remedy.</exception>
    public static void Require(string what, long bytesNeeded, string remedy) => Require(what, bytesNeeded, remedy, Bytes);

    internal static void Require(string what, long bytesNeeded, string remedy, long available)
    {
        if (bytesNeeded > available)
        {
            throw new InputException($"{what} needs about {Shown.Bytes(bytesNeeded)} of memory, and {Shown.Bytes(available)} are available. {remedy}");
        }
    }

    internal static long? OnLinux(string proc, string groups)
    {
        long? available = Read(Path.Combine(proc, "meminfo")) is { } meminfo ? LinuxProc.FindKibibytes(meminfo, "MemAvailable:") : null;
        foreach (string line in (Read(Path.Combine(proc, "self", "cgroup")) ?? "").Split('\n'))
        {
            // hierarchy:controllers:path; version 2 has the hierarchy 0 and no controllers.
            string[] parts = line.Split(':', 3);
            if (parts.Length < 3 || !(parts[1].Length == 0 || parts[1].Split(',').Contains("memory", StringComparer.Ordinal)))
            {
                continue;
            }

            long? left = parts[1].Length == 0
                ? Least(groups, parts[2], "memory.max", "memory.current", "inactive_file ")
                : Least(Path.Combine(groups, "memory"), parts[2], "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file ");
            available = left is null || available < left ? available : left;
        }

        return available;
    }

    // Every group from the process's own up to the root may have a limit. In a container the path may lead nowhere; the root is then its own.
    private static long? Least(string root, string path, string limitName, string usageName, string cacheName)
    {
        long? least = null;
        string group = path.Trim('/');
        while (true)
        {
            string folder = Path.Combine(root, group);
            if (Number(folder, limitName) is { } limit && limit < Unlimited && Number(folder, usageName) is { } usage)
            {
                // Pages of files that nobody uses are given back when memory is asked for.
                string cache = LinuxProc.FindValue(Read(Path.Combine(folder, "memory.stat")), cacheName).ToString();
                long left = Math.Max(0, limit - usage + (long.TryParse(cache, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes) ? bytes : 0));
                least = least < left ? least : left;
            }

            if (group.Length == 0)
            {
                return least;
            }

            group = group.Contains('/', StringComparison.Ordinal) ? group[..group.LastIndexOf('/')] : "";
        }
    }

    private static long? Number(string folder, string name) =>
        long.TryParse(Read(Path.Combine(folder, name))?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : null;

    private static string? Read(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static long FromRuntime()
    {
        GCMemoryInfo memory = GC.GetGCMemoryInfo(GCKind.Any);
        return Math.Max(0, memory.TotalAvailableMemoryBytes - memory.MemoryLoadBytes);
    }
}
