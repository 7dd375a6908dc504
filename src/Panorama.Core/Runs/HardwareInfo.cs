using System.Runtime.InteropServices;

namespace Panorama.Core.Runs;

/// <summary>The machine a run was made on.</summary>
public sealed record HardwareInfo
{
    /// <summary>Model name of the processor; its architecture where the system does not say.</summary>
    public required string CpuModel { get; init; }

    /// <summary>Logical cores that this process may use.</summary>
    public required int LogicalCores { get; init; }

    /// <summary>Bytes of memory that this process may use: the machine's, or the container's limit.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Name and version of the operating system.</summary>
    public required string OperatingSystem { get; init; }

    /// <summary>Architecture of the process, as in <c>X64</c> or <c>Arm64</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>Asks the system.</summary>
    public static HardwareInfo Collect() => new()
    {
        CpuModel = FindCpuModel(),
        LogicalCores = Environment.ProcessorCount,
        MemoryBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        OperatingSystem = RuntimeInformation.OSDescription,
        Architecture = RuntimeInformation.ProcessArchitecture.ToString(),
    };

    private static string FindCpuModel()
    {
        string? model = System.OperatingSystem.IsLinux() ? ReadCpuInfo() : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER");
        return string.IsNullOrWhiteSpace(model) ? RuntimeInformation.ProcessArchitecture.ToString() : model;
    }

    private static string? ReadCpuInfo()
    {
        try
        {
            return LinuxProc.FindValue(File.ReadAllText("/proc/cpuinfo"), "model name").TrimStart(": \t").ToString();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
