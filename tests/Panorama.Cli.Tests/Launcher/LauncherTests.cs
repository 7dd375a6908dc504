using System.Diagnostics;

namespace Panorama.Cli.Tests.Launcher;

/// <summary>The launcher in a small copy of the repository, with a stand-in for <c>dotnet</c> that writes down its calls.</summary>
public sealed class LauncherTests : IDisposable
{
    // A "build" leaves the program behind, as the real one does; FAIL makes it fail; anything else echoes its arguments.
    private const string StandIn = """
        #!/bin/sh
        root=$(dirname "$0")/..
        case $1 in
          --version) echo 10.0.100 ;;
          --list-sdks) echo "8.0.100 [/x]" ;;
          build)
            echo build >>"$root/calls"
            echo "compiler says hello"
            [ ! -f "$root/FAIL" ] || exit 1
            mkdir -p "$root/artifacts/bin/Panorama.Cli/release"
            echo x >"$root/artifacts/bin/Panorama.Cli/release/panorama.dll"
            ;;
          *) shift; for argument in "$@"; do echo "[$argument]"; done; exit 7 ;;
        esac

        """;

    // Sources that were there long before the build.
    private static readonly DateTime LongAgo = new(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private readonly string _root = Directory.CreateTempSubdirectory("panorama-launcher-").FullName;

    public LauncherTests()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the POSIX launcher");
        foreach (string folder in (string[])["src/One", "apps/Panorama.Cli", "bin"])
            Directory.CreateDirectory(Path.Combine(_root, folder));
        foreach (string file in (string[])["src/One/A.cs", "src/One/B.cs", "apps/Panorama.Cli/Program.cs", "Directory.Build.props", "Directory.Packages.props", "global.json"])
            WriteOld(file);
        File.Copy(Path.Combine(Repository.Root, "panorama"), InRoot("panorama"));
        File.WriteAllText(InRoot("bin/dotnet"), StandIn);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(InRoot("bin/dotnet"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (string folder in (string[])["src", "apps", "src/One", "apps/Panorama.Cli"])
            Directory.SetLastWriteTimeUtc(InRoot(folder), LongAgo);
    }

    [Fact]
    public async Task It_builds_once_and_passes_arguments_and_exit_code_on()
    {
        (int code, string output, string error) = await Launch("say", "two words", "", "$HOME *");
        Assert.Equal(7, code);
        Assert.Equal("[say]\n[two words]\n[]\n[$HOME *]\n", output);
        Assert.StartsWith("panorama: building", error);
        Assert.DoesNotContain("compiler says hello", error);

        (_, output, error) = await Launch("again");
        Assert.Equal("[again]\n", output);
        Assert.Empty(error);
        Assert.Equal(1, Builds());
    }

    [Theory]
    [InlineData("src/One/A.cs")]
    [InlineData("apps/Panorama.Cli/Program.cs")]
    [InlineData("Directory.Packages.props")]
    [InlineData("global.json")]
    public async Task A_changed_file_is_built(string file) => await ExpectBuildAfter(() => File.WriteAllText(InRoot(file), "changed"));

    [Fact]
    public async Task A_deleted_file_is_built_without() => await ExpectBuildAfter(() => File.Delete(InRoot("src/One/B.cs")));

    [Fact]
    public async Task A_renamed_old_file_is_built() => await ExpectBuildAfter(() => File.Move(InRoot("src/One/B.cs"), InRoot("src/One/C.cs")));

    [Fact]
    public async Task A_missing_program_is_built() => await ExpectBuildAfter(() => Directory.Delete(InRoot("artifacts/bin"), recursive: true));

    [Fact]
    public async Task Ranks_that_start_together_build_once()
    {
        (int Code, string Out, string Error)[] ranks = await Task.WhenAll(Enumerable.Range(0, 6).Select(rank => Launch($"{rank}")));
        Assert.All(ranks, rank => Assert.Equal(7, rank.Code));
        Assert.Equal(1, Builds());
    }

    [Fact]
    public async Task A_failed_build_shows_its_log_and_is_tried_again()
    {
        File.WriteAllText(InRoot("FAIL"), "");
        (int code, string output, string error) = await Launch("x");
        Assert.Equal(1, code);
        Assert.Empty(output);
        Assert.Contains("compiler says hello", error);
        Assert.Contains("the build failed", error);

        File.Delete(InRoot("FAIL"));
        Assert.Equal(7, (await Launch("x")).Code);
        Assert.Equal(2, Builds());
    }

    [Fact]
    public async Task A_missing_sdk_is_said_with_the_remedy()
    {
        File.WriteAllText(InRoot("bin/dotnet"), StandIn.Replace("echo 10.0.100", "exit 145", StringComparison.Ordinal));
        (int code, _, string error) = await Launch("x");
        Assert.Equal(1, code);
        Assert.Contains("needs the .NET 10 SDK", error);
        Assert.Contains("found: 8.0.100", error);
        Assert.Contains("https://dotnet.microsoft.com/download/dotnet/10.0", error);
    }

    [Fact]
    public async Task A_link_to_the_launcher_works()
    {
        File.CreateSymbolicLink(InRoot("bin/link"), "../panorama");
        Assert.Equal(7, (await Run(InRoot("bin/link"), ["x"])).Code);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private async Task ExpectBuildAfter(Action change)
    {
        await Launch("x");
        change();
        await Launch("x");
        Assert.Equal(2, Builds());
        await Launch("x");
        Assert.Equal(2, Builds());
    }

    private Task<(int Code, string Out, string Error)> Launch(params string[] args) => Run(InRoot("panorama"), args);

    private Task<(int Code, string Out, string Error)> Run(string launcher, string[] args)
    {
        ProcessStartInfo start = PanoramaProcess.Start(args);
        start.FileName = "sh";
        start.ArgumentList[0] = launcher;
        start.Environment["PATH"] = InRoot("bin") + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH");
        return PanoramaProcess.Run(start);
    }

    private int Builds() => File.ReadAllLines(InRoot("calls")).Length;

    private string InRoot(string path) => Path.Combine(_root, path);

    private void WriteOld(string file)
    {
        File.WriteAllText(InRoot(file), "old");
        File.SetLastWriteTimeUtc(InRoot(file), LongAgo);
    }
}
