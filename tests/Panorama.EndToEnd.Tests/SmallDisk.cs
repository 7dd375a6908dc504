using System.Diagnostics;
using System.Globalization;

namespace Panorama.EndToEnd.Tests;

/// <summary>
/// Runs a command twice on a real file system of a few kilobytes, the second time after it has grown. The file system lives in a
/// mount namespace of its own, which root and most users may make, and goes with the process.
/// </summary>
internal static class SmallDisk
{
    private const int NoMount = 99;

    // $1 size, $2 mount point, $3 folder that stays; then the command.
    private const string Script = """
        size=$1; disk=$2; kept=$3; shift 3
        mount -t tmpfs -o "size=$size" tmpfs "$disk" || exit 99
        for start in 1 2; do
          "$@" >"$kept/$start.out" 2>"$kept/$start.err" </dev/null
          echo $? >"$kept/$start.code"
          cp -r "$disk" "$kept/$start"
          mount -o remount,size=1g "$disk" || exit 99
        done
        """;

    /// <summary>One start of the command.</summary>
    /// <param name="Code">Its exit code.</param>
    /// <param name="Error">What it said on standard error.</param>
    /// <param name="Files">A copy of the file system after it.</param>
    public sealed record Start(int Code, string Error, string Files);

    /// <summary>Runs, or skips the test where nothing can be mounted.</summary>
    /// <param name="kept">A folder for the results; <c>disk</c> in it is where the small file system appears.</param>
    /// <param name="size">Its size for the first start, as mount writes it.</param>
    /// <param name="args">Panorama's command line.</param>
    public static async Task<(Start Full, Start Grown)> RunTwice(TemporaryFolder kept, string size, params string[] args)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/usr/bin/unshare"), "a small disk needs Linux and unshare");
        Directory.CreateDirectory(Disk(kept));
        ProcessStartInfo panorama = PanoramaProcess.Start(args);
        string[] rights = Environment.IsPrivilegedProcess ? ["-m"] : ["-U", "-r", "-m"];
        string[] command = [.. rights, "sh", "-c", Script, "sh", size, Disk(kept), kept.Path, panorama.FileName, .. panorama.ArgumentList];
        var start = new ProcessStartInfo("unshare", command) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        (int code, _, string error) = await PanoramaProcess.Run(start);
        Assert.SkipWhen(code == NoMount || error.Contains("unshare failed", StringComparison.Ordinal), $"a small disk cannot be mounted here: {error}");
        Assert.True(code == 0, error);
        return (Read(kept, 1), Read(kept, 2));
    }

    /// <summary>Where the small file system appears.</summary>
    /// <param name="kept">The folder for the results.</param>
    public static string Disk(TemporaryFolder kept) => kept["disk"];

    private static Start Read(TemporaryFolder kept, int start) => new(
        int.Parse(File.ReadAllText(kept[$"{start}.code"]), CultureInfo.InvariantCulture),
        File.ReadAllText(kept[$"{start}.err"]),
        kept[$"{start}"]);
}
