using System.Diagnostics;

namespace Panorama.Tests;

/// <summary>Runs the real program beside the tests.</summary>
internal static class PanoramaProcess
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    public static ProcessStartInfo Start(params string[] args)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "panorama.dll"));
        foreach (string arg in args)
            start.ArgumentList.Add(arg);
        return start;
    }

    public static async Task<(int Code, string Out, string Error)> Run(params string[] args) => await Run(Start(args));

    public static async Task<(int Code, string Out, string Error)> Run(ProcessStartInfo start)
    {
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(Limit);
        Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token);
        Task<string> error = process.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return (process.ExitCode, await output, await error);
    }
}
