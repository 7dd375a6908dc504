using Panorama.Core.Errors;
using Panorama.Core.Runs;

namespace Panorama.Core.Tests.Runs;

public sealed class AvailableMemoryTests : IDisposable
{
    private const long Gibi = 1L << 30;
    private readonly TemporaryFolder _system = new();

    public AvailableMemoryTests() => Write("proc/meminfo", $"MemTotal: {32 << 20} kB\nMemAvailable:   {16 << 20} kB\n");

    private long? Available => AvailableMemory.OnLinux(_system["proc"], _system["cgroup"]);

    [Fact]
    public void WithoutGroupsItIsWhatTheKernelSays() => Assert.Equal(16 * Gibi, Available);

    [Fact]
    public void TheTightestGroupOfVersion2Counts()
    {
        Write("proc/self/cgroup", "0::/job/step\n");
        Write("cgroup/job/step/memory.max", "max\n");
        Write("cgroup/job/step/memory.current", "5\n");
        Write("cgroup/job/memory.max", $"{8 * Gibi}\n");
        Write("cgroup/job/memory.current", $"{3 * Gibi}\n");
        Write("cgroup/job/memory.stat", $"anon 1\ninactive_file {Gibi}\n");
        Assert.Equal(6 * Gibi, Available);
    }

    [Fact]
    public void InAContainerOfVersion1TheRootIsTheGroup()
    {
        Write("proc/self/cgroup", "5:cpu,cpuacct:/docker/abc\n4:memory:/docker/abc\n");
        Write("cgroup/memory/memory.limit_in_bytes", $"{4 * Gibi}\n");
        Write("cgroup/memory/memory.usage_in_bytes", $"{5 * Gibi}\n");
        Assert.Equal(0, Available);
        Write("cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        Assert.Equal(16 * Gibi, Available);
    }

    [Fact]
    public void NonsenseIsPassedOver()
    {
        Write("proc/self/cgroup", "\n::\nx\n4:memory\n0::/../..\n");
        Write("cgroup/memory.max", "many\n");
        Assert.Equal(16 * Gibi, Available);
    }

    [Fact]
    public void TheMessageSaysTheNeedWhatThereIsAndTheRemedy()
    {
        AvailableMemory.Require("A model", Gibi, "Shrink it.", Gibi);
        var error = Assert.Throws<InputException>(() => AvailableMemory.Require("A model", 3 * Gibi / 2, "Shrink it.", Gibi));
        Assert.Equal("A model needs about 1.5 GiB of memory, and 1 GiB are available. Shrink it.", error.Message);
    }

    [Fact]
    public void ThisMachineHasSome() => Assert.InRange(AvailableMemory.Bytes, 16L << 20, 1L << 50);

    private void Write(string name, string text)
    {
        string path = _system[name];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    public void Dispose() => _system.Dispose();
}
