using Panorama.Core.Runs;

namespace Panorama.Core.Tests.Runs;

public sealed class GitCommitTests
{
    private const string Commit = "0123456789abcdef0123456789abcdef01234567";

    [Fact]
    public void FindsABranchFromAFolderBelow()
    {
        using TemporaryFolder folder = Repository("ref: refs/heads/main\n");
        Directory.CreateDirectory(folder[".git/refs/heads"]);
        folder.Write(".git/refs/heads/main", Commit + "\n");
        Directory.CreateDirectory(folder["a/b"]);
        Assert.Equal(Commit, GitCommit.Find(folder["a/b"]));
    }

    [Fact]
    public void FindsADetachedHead()
    {
        using TemporaryFolder folder = Repository(Commit + "\n");
        Assert.Equal(Commit, GitCommit.Find(folder.Path));
    }

    [Fact]
    public void FindsAPackedBranch()
    {
        using TemporaryFolder folder = Repository("ref: refs/heads/x/y\n");
        folder.Write(".git/packed-refs", $"# pack-refs with: peeled\n{new string('f', 40)} refs/heads/x\n{Commit} refs/heads/x/y\n");
        Assert.Equal(Commit, GitCommit.Find(folder.Path));
    }

    [Fact]
    public void FindsTheBranchOfALinkedWorkingTree()
    {
        using TemporaryFolder folder = Repository("ref: refs/heads/main\n");
        Directory.CreateDirectory(folder[".git/refs/heads"]);
        folder.Write(".git/refs/heads/other", Commit + "\n");
        Directory.CreateDirectory(folder[".git/worktrees/linked"]);
        folder.Write(".git/worktrees/linked/HEAD", "ref: refs/heads/other\n");
        folder.Write(".git/worktrees/linked/commondir", "../..\n");
        Directory.CreateDirectory(folder["linked"]);
        folder.Write("linked/.git", $"gitdir: {folder[".git/worktrees/linked"]}\n");
        Assert.Equal(Commit, GitCommit.Find(folder["linked"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("ref: refs/heads/none\n")]
    [InlineData("ref: refs/../../secret\n")]
    [InlineData("ref: HEAD\n")]
    [InlineData("0123\n")]
    [InlineData("\0\n")]
    public void KnowsNothingRatherThanFail(string head)
    {
        using TemporaryFolder folder = Repository(head);
        Assert.Null(GitCommit.Find(folder.Path));
    }

    private static TemporaryFolder Repository(string head)
    {
        var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder[".git"]);
        folder.Write(".git/HEAD", head);
        return folder;
    }
}
