using Panorama.Modeling.Native;

namespace Panorama.Modeling.Tests.Native;

public sealed class ElfVersionNeedsTests
{
    [Fact]
    public void MakesOnlyTheNamedVersionWeak()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        byte[] before = File.ReadAllBytes(NativeLayout.Find().Shim);
        byte[] after = [.. before];
        Assert.Equal(1, ElfVersionNeeds.MakeWeak(after, "GLIBCXX_3.4.32"));
        Assert.Equal(1, before.Zip(after).Count(p => p.First != p.Second));
        Assert.Equal(0, ElfVersionNeeds.MakeWeak(after, "GLIBCXX_9.9.99"));
    }

    [Fact]
    public void BrokenFilesAreRefusedNotRead()
    {
        Assert.Throws<InvalidDataException>(() => ElfVersionNeeds.MakeWeak(new byte[200], "X"));
        byte[] header = new byte[64];
        "\u007fELF\u0002\u0001"u8.CopyTo(header);
        header[0x28] = 0xF0;
        header[0x3A] = 64;
        header[0x3C] = 3;
        Assert.Throws<InvalidDataException>(() => ElfVersionNeeds.MakeWeak(header, "X"));
    }
}
