using Panorama.Training.Settings;

namespace Panorama.Training.Tests;

public sealed class RunIdentityTests
{
    [Fact]
    public void WhereARunStopsAndOnWhatItRunsIsNoPartOfIt()
    {
        var settings = new TrainSettings { Steps = 10 };
        string identity = RunIdentity.Of(settings, "data");
        Assert.Equal(identity, RunIdentity.Of(settings with { StopAt = 5, Threads = 3, EvaluateEvery = 7 }, "data"));
        Assert.NotEqual(identity, RunIdentity.Of(settings with { Steps = 11 }, "data"));
        Assert.NotEqual(identity, RunIdentity.Of(settings with { Seed = 2 }, "data"));
        Assert.NotEqual(identity, RunIdentity.Of(settings, "other data"));
    }
}
