namespace Panorama.EndToEnd.Tests;

/// <summary>The Chromium that <c>test.sh</c> installs.</summary>
internal static class Browser
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome", "chrome"];

    public static string Path() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator)
            .SelectMany(folder => Names.Select(name => System.IO.Path.Combine(folder, OperatingSystem.IsWindows() ? name + ".exe" : name)))
            .FirstOrDefault(File.Exists)
        ?? throw new FileNotFoundException("The report test opens a real browser: install chromium, or run ./test.sh, which does.");
}
