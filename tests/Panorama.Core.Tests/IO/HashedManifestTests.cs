using Panorama.Core.IO;

namespace Panorama.Core.Tests.IO;

public sealed class HashedManifestTests
{
    [Fact]
    public void HashesAsPublished()
    {
        // FIPS 180-4 examples: "abc" and the empty message.
        using var folder = new TemporaryFolder();
        Assert.Equal(("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", 3), FileHash.Sha256(folder.Write("abc", "abc")));
        Assert.Equal(("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", 0), FileHash.Sha256(folder.Write("empty", "")));
    }

    [Fact]
    public void AWholeFolderHasNoFault()
    {
        using TemporaryFolder folder = Filled();
        Assert.Empty(HashedManifest.Verify(folder.Path));
        HashedManifest.Write(folder.Path); // again: the manifest does not list itself
        Assert.Empty(HashedManifest.Verify(folder.Path));
        folder.Write("later", "not listed");
        Assert.Empty(HashedManifest.Verify(folder.Path));
    }

    [Fact]
    public void EveryFlippedBitAndEveryTruncationIsFound()
    {
        // All single-bit changes and all shorter lengths of one file: nothing may pass.
        using TemporaryFolder folder = Filled();
        string path = Path.Combine(folder["sub"], "b");
        byte[] whole = File.ReadAllBytes(path);
        for (int bit = 0; bit < whole.Length * 8; bit++)
        {
            byte[] flipped = [.. whole];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            File.WriteAllBytes(path, flipped);
            Assert.Equal(new ManifestFault(ManifestFaultKind.WrongHash, "sub/b", "does not have the content that was written"), Assert.Single(HashedManifest.Verify(folder.Path)));
        }

        for (int length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Equal(ManifestFaultKind.WrongSize, Assert.Single(HashedManifest.Verify(folder.Path)).Kind);
        }

        File.Delete(path);
        Assert.Equal(ManifestFaultKind.Missing, Assert.Single(HashedManifest.Verify(folder.Path)).Kind);
    }

    [Fact]
    public void ADamagedManifestNeverThrowsAndNeverHidesAFault()
    {
        using TemporaryFolder folder = Filled();
        string path = folder[HashedManifest.FileName];
        byte[] whole = [.. File.ReadAllBytes(path).AsSpan().TrimEnd((byte)'\n')];
        File.AppendAllText(folder["a"], "!");
        for (int at = 0; at < whole.Length; at++)
        {
            byte[] flipped = [.. whole];
            flipped[at] ^= (byte)(1 << (at % 7));
            File.WriteAllBytes(path, flipped);
            Assert.NotEmpty(HashedManifest.Verify(folder.Path));
            File.WriteAllBytes(path, whole[..at]);
            Assert.Equal(ManifestFaultKind.BadManifest, Assert.Single(HashedManifest.Verify(folder.Path)).Kind);
        }
    }

    [Theory]
    [InlineData("../a")]
    [InlineData("/etc/passwd")]
    [InlineData("x\\\\..\\\\a")]
    [InlineData("")]
    public void PathsOutsideTheFolderAreRefused(string listed)
    {
        using var folder = new TemporaryFolder();
        folder.Write(HashedManifest.FileName, $$"""{"format":1,"files":[{"path":"{{listed}}","bytes":1,"sha256":"00"}]}""");
        Assert.Equal(ManifestFaultKind.BadManifest, Assert.Single(HashedManifest.Verify(folder.Path)).Kind);
    }

    [Fact]
    public void AFolderWithoutManifestWasNotFinished()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(ManifestFaultKind.NoManifest, Assert.Single(HashedManifest.Verify(folder.Path)).Kind);
    }

    private static TemporaryFolder Filled()
    {
        var folder = new TemporaryFolder();
        folder.Write("a", "one");
        Directory.CreateDirectory(folder["sub"]);
        folder.Write("sub/b", "twenty-two bytes long.");
        HashedManifest.Write(folder.Path);
        return folder;
    }
}
