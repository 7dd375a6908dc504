using System.Runtime.InteropServices;

namespace Panorama.Cli.Hosting;

/// <summary>
/// Turns Ctrl-C and SIGTERM into a cancellation, so that the work is saved; a second Ctrl-C ends the process at once.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    /// <summary>128 + SIGINT, what a shell reports for an interrupted program.</summary>
    public const int StoppedExitCode = 130;

    private readonly CancellationTokenSource _stop = new();
    private readonly Action<string> _say;
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;

    /// <summary>Starts listening.</summary>
    /// <param name="say">Tells the user that the program is stopping.</param>
    public StopSignals(Action<string> say)
    {
        _say = say;
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _stop.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
        _stop.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true; // the default would end the process here
        if (_stop.IsCancellationRequested)
        {
            if (context.Signal == PosixSignal.SIGINT)
                Environment.Exit(StoppedExitCode);
            return;
        }

        _say("stopping; the work is being saved. Ctrl-C again ends at once.");
        _stop.Cancel();
    }
}
