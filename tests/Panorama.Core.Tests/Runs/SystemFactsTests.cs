using Panorama.Core.Runs;

namespace Panorama.Core.Tests.Runs;

public sealed class SystemFactsTests
{
    [Fact]
    public void MemoryIsMeasuredInBytes()
    {
        // .NET alone takes more than 10 MiB and this test less than 64 GiB.
        Assert.InRange(ProcessMemory.CurrentBytes, 10L << 20, 64L << 30);
        Assert.InRange(ProcessMemory.PeakBytes, 10L << 20, 64L << 30);
    }

    [Fact]
    public void ThePeakStaysWhenMemoryIsFreed()
    {
        TouchMemory(64 << 20);
        Assert.True(ProcessMemory.PeakBytes >= 64 << 20);
    }

    [Fact]
    public void ThePeakBeginsAnewWhereTheSystemCan()
    {
        TouchMemory(256 << 20);
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        long before = ProcessMemory.PeakBytes;
        Assert.SkipUnless(ProcessMemory.ResetPeak(), "the system cannot");
        Assert.InRange(ProcessMemory.PeakBytes, 1, before - (64 << 20));
    }

    [Fact]
    public void TheMachineIsNamed()
    {
        HardwareInfo hardware = HardwareInfo.Collect();
        Assert.NotEmpty(hardware.CpuModel);
        Assert.DoesNotContain('\n', hardware.CpuModel);
        Assert.InRange(hardware.LogicalCores, 1, 100_000);
        Assert.InRange(hardware.MemoryBytes, 64L << 20, 1L << 60);
        Assert.NotEmpty(hardware.OperatingSystem);
    }

    [Fact]
    public void ProcFilesAreParsed()
    {
        Assert.Equal(1234 * 1024, LinuxProc.FindKibibytes("Name:\tx\nVmHWM:\t    1234 kB\nVmRSS:\t 1 kB\n", "VmHWM:"));
        Assert.Null(LinuxProc.FindKibibytes("VmHWM:\t kB\n", "VmHWM:"));
        Assert.Null(LinuxProc.FindKibibytes("", "VmHWM:"));
    }

    private static void TouchMemory(int bytes)
    {
        byte[] memory = new byte[bytes];
        memory.AsSpan().Fill(1);
        GC.KeepAlive(memory);
    }
}
