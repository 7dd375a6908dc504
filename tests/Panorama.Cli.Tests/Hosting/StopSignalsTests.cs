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
}
