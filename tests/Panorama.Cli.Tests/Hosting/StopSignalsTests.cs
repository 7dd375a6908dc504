using System.Diagnostics;
using System.Globalization;
using Panorama.Cli.Hosting;

namespace Panorama.Cli.Tests.Hosting;

public sealed class StopSignalsTests
{
    [Fact]
    public async Task The_first_signal_cancels_and_the_process_lives_on()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no kill command");
        List<string> said = [];
        using var signals = new StopSignals(said.Add);
        var cancelled = new TaskCompletionSource();
        await using CancellationTokenRegistration registration = signals.Token.Register(cancelled.SetResult);

        using Process kill = Process.Start("kill", ["-TERM", Environment.ProcessId.ToString(CultureInfo.InvariantCulture)]);
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        Assert.Contains("Ctrl-C again ends at once", Assert.Single(said));
    }

    [Theory]
    [InlineData("-INT")]
    [InlineData("-TERM")]
    public async Task A_stopped_program_ends_with_130(string signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no kill command");
        Assert.SkipWhen(signal == "-INT" && InterruptIsIgnored(), "started in the background: children inherit that SIGINT is ignored");
        string folder = Directory.CreateTempSubdirectory("panorama-stop-").FullName;
        using Process process = Process.Start(PanoramaProcess.Start("data", "build", "--out", folder))!;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await process.StandardOutput.ReadLineAsync(limit.Token); // the work has begun
        using Process kill = Process.Start("kill", [signal, process.Id.ToString(CultureInfo.InvariantCulture)]);
        string output = await process.StandardOutput.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        Assert.Equal(StopSignals.StoppedExitCode, process.ExitCode);
        Assert.Contains("the work is being saved", output);
        Directory.Delete(folder, recursive: true);
    }

    // A shell without job control starts background commands so; .NET keeps it that way.
    private static bool InterruptIsIgnored()
    {
        const string Field = "SigIgn:";
        string? mask = OperatingSystem.IsLinux() ? File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith(Field, StringComparison.Ordinal)) : null;
        return mask is not null && (ulong.Parse(mask.AsSpan(Field.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & 0b10) != 0; // signal 2
    }
}
