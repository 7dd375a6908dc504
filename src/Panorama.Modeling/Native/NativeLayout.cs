using System.Reflection;
using System.Runtime.InteropServices;
using Panorama.Core.Errors;

namespace Panorama.Modeling.Native;

/// <summary>Where the native files of one platform lie and what they are called.</summary>
internal sealed record NativeLayout
{
    /// <summary>Folder of libtorch itself.</summary>
    public required string LibTorchFolder { get; init; }

    /// <summary>Full path of TorchSharp's native shim.</summary>
    public required string Shim { get; init; }

    /// <summary>Whether libtorch comes from <c>PANORAMA_LIBTORCH</c>.</summary>
    public required bool UserProvided { get; init; }

    /// <summary>Version of the libtorch package this build refers to.</summary>
    public static string LibTorchVersion => Metadata("LibTorchVersion");

    /// <summary>Version of the TorchSharp package this build refers to.</summary>
    public static string TorchSharpVersion => Metadata("TorchSharpVersion");

    private static string Rid =>
        OperatingSystem.IsWindows() && RuntimeInformation.ProcessArchitecture == Architecture.X64 ? "win-x64"
        : OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64 ? "linux-x64"
        : OperatingSystem.IsMacOS() && RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "osx-arm64"
        : throw new JobException($"Training needs libtorch, which exists for linux-x64, win-x64 and osx-arm64; this is {RuntimeInformation.RuntimeIdentifier}.");

    /// <summary>The file name of a native library, by the custom of the platform.</summary>
    /// <param name="name">Such as <c>torch_cpu</c>.</param>
    public static string FileName(string name) =>
        OperatingSystem.IsWindows() ? $"{name}.dll" : OperatingSystem.IsMacOS() ? $"lib{name}.dylib" : $"lib{name}.so";

    /// <summary>Looks in <c>PANORAMA_LIBTORCH</c>, beside the program, then in the package folders.</summary>
    /// <exception cref="JobException">Nothing was found; the message lists the places and the remedy.</exception>
    public static NativeLayout Find()
    {
        string shimName = FileName("LibTorchSharp");
        string torchName = FileName("torch_cpu");
        List<string> tried = [];

        string? user = Environment.GetEnvironmentVariable("PANORAMA_LIBTORCH");
        if (!string.IsNullOrEmpty(user))
        {
            string[] userFolders = [user, Path.Combine(user, "lib"), Path.Combine(user, "torch", "lib")];
            user = userFolders.FirstOrDefault(f => File.Exists(Path.Combine(f, torchName)))
                ?? throw new JobException($"PANORAMA_LIBTORCH is '{user}', but neither it nor its lib or torch/lib folder holds {torchName}. Point it at the lib folder of libtorch or of a Python installation of PyTorch {LibTorchVersion}.");
        }

        List<string> shimFolders = [AppContext.BaseDirectory, .. PackageFolders("torchsharp", TorchSharpVersion)];
        List<string> torchFolders = user is not null ? [user] : [AppContext.BaseDirectory, .. PackageFolders($"libtorch-cpu-{Rid}", LibTorchVersion)];
        return new NativeLayout
        {
            LibTorchFolder = First(torchFolders, torchName),
            Shim = Path.Combine(First(shimFolders, shimName), shimName),
            UserProvided = user is not null,
        };

        string First(List<string> folders, string file)
        {
            tried.AddRange(folders);
            return folders.FirstOrDefault(f => File.Exists(Path.Combine(f, file)))
                ?? throw new JobException($"{file} was not found. Looked in: {string.Join(", ", tried.Distinct(StringComparer.Ordinal))}. Run 'dotnet restore' in the repository, or set PANORAMA_LIBTORCH to the lib folder of libtorch {LibTorchVersion}.");
        }
    }

    private static IEnumerable<string> PackageFolders(string package, string version)
    {
        string home = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        string?[] roots = [Environment.GetEnvironmentVariable("NUGET_PACKAGES"), Metadata("PackageRoot"), home];
        return roots.Where(r => !string.IsNullOrEmpty(r)).Select(r => Path.Combine(r!, package, version, "runtimes", Rid, "native"));
    }

    private static string Metadata(string key) =>
        typeof(NativeLayout).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(a => a.Key == key)?.Value ?? "";
}
