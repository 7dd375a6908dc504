using System.Text;
using Panorama.Core.Runs;

namespace Panorama.Training.Tests;

public sealed class RunLogTests : IDisposable
{
    private readonly TinyRun _run = new();

    [Fact]
    public void AStartAfterAKillBeforeTheFirstCheckpointHidesTheOldEvents()
    {
        Start(step: 0);
        Start(step: 0);
        string[] files = [.. Directory.GetFiles(Path.Combine(_run.Folder, "tensorboard")).Order(StringComparer.Ordinal)];
        Assert.Equal(2, files.Length);

        // A session start (event field 7, with status START = 1) at step 1 makes TensorBoard drop what earlier files say of it.
        byte[] sessionStart = [0x3A, 0x02, 0x08, 0x01];
        Assert.DoesNotContain(Encoding.Latin1.GetString(sessionStart), Encoding.Latin1.GetString(File.ReadAllBytes(files[0])), StringComparison.Ordinal);
        Assert.Contains(Encoding.Latin1.GetString(sessionStart), Encoding.Latin1.GetString(File.ReadAllBytes(files[1])), StringComparison.Ordinal);
    }

    [Fact]
    public void TheLastStepIsWrittenWhenAnErrorEndsTheRun()
    {
        Start(step: 0);
        Assert.Equal(1, Assert.Single(MetricsReader.Read(Path.Combine(_run.Folder, MetricsWriter.FileName))).Step);
    }

    private void Start(long step)
    {
        using var log = new RunLog(_run.Folder, _run);
        log.Started(step, 10);
        log.Stepped(new StepReport(step + 1, 10, new StepResult(1, 1, 0.1, 8, false), 1, 8, 0.5));
    }

    public void Dispose() => _run.Dispose();
}
