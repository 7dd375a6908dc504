using Panorama.Core.Errors;
using Panorama.Core.Runs;
using Panorama.Data.Sources;
using Panorama.Modeling.Native;

namespace Panorama.Cli.Machine;

/// <summary>Something that a stage needs, and whether it is there.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Ok">Whether it is there.</param>
/// <param name="Detail">What was found.</param>
/// <param name="Remedy">What to do if it is not there; empty if it is.</param>
internal sealed record MachineCheck(string Name, bool Ok, string Detail, string Remedy = "")
{
    // The demo's checkpoints, shards and model take about 0.3 GB; a build with libtorch 1.5 GB.
    private const long DiskNeeded = 2_000_000_000;

    // The demo peaks at about 2 GB.
    private const long MemoryNeeded = 3_000_000_000;

    /// <summary>Looks at everything.</summary>
    /// <param name="folder">Where runs are written.</param>
    public static IReadOnlyList<MachineCheck> All(string folder) => [LibTorch(), Cuda(), ReferencePacks(), Memory(), Disk(folder)];

    private static MachineCheck LibTorch()
    {
        try
        {
            TorchRuntime.EnsureLoaded();
            return new("libtorch", true, $"{TorchRuntime.LibTorchVersion}, {TorchRuntime.Threads} threads, from {TorchRuntime.Folder}");
        }
        catch (PanoramaException error)
        {
            return new("libtorch", false, "not loaded: training does not work", error.Message);
        }
    }

    // No CUDA device is no fault: everything runs on a CPU.
    private static MachineCheck Cuda()
    {
        try
        {
            return new("cuda", true, $"{TorchRuntime.SelectDevice("cuda")} is usable");
        }
        catch (PanoramaException)
        {
            return new("cuda", true, "no device; the CPU is used (PANORAMA_LIBTORCH names the folder of a CUDA libtorch)");
        }
    }

    private static MachineCheck ReferencePacks()
    {
        try
        {
            IReadOnlyList<ReferencePack> packs = DotnetPacks.Find();
            return packs.Count > 0
                ? new("documentation for the demo", true, string.Join(", ", packs.Select(pack => $"{pack.Name} {pack.Version}")))
                : new("documentation for the demo", false, "no reference packs", "install the .NET 10 SDK (a runtime alone has none), or give the demo your own text: --input DIR");
        }
        catch (PanoramaException error)
        {
            return new("documentation for the demo", false, "no reference packs", error.Message);
        }
    }

    private static MachineCheck Memory()
    {
        long bytes = HardwareInfo.Collect().MemoryBytes;
        return new("memory", bytes >= MemoryNeeded, Format(bytes), bytes >= MemoryNeeded ? "" : $"the demo needs about {Format(MemoryNeeded)}: close other programs, raise the container's limit, or use --minutes 1");
    }

    private static MachineCheck Disk(string folder)
    {
        try
        {
            long free = new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace;
            return new("free disk space", free >= DiskNeeded, Format(free), free >= DiskNeeded ? "" : $"free {Format(DiskNeeded)} where runs are written ({Path.GetFullPath(folder)}), or write elsewhere: --out DIR");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new("free disk space", true, $"unknown: {error.Message}");
        }
    }

    private static string Format(long bytes) => Terminal.Format.Bytes(bytes);
}
