namespace Panorama.Cli.Tests.Launcher;

/// <summary>Finds the repository that the tests were built from.</summary>
internal static class Repository
{
    /// <summary>The folder of <c>Panorama.slnx</c>.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Panorama.slnx")))
                return folder.FullName;
        }

        throw new DirectoryNotFoundException($"Panorama.slnx is not above {AppContext.BaseDirectory}");
    }
}
