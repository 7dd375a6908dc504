using Panorama.Core.Errors;

namespace Panorama.Training.Tests;

public sealed class LossGuardTests
{
    [Fact]
    public void SkipsALeapOnlyAfterItHasSettled()
    {
        var guard = new LossGuard(2);
        Assert.True(guard.Accept(1, 9, 1));
        for (int step = 2; step <= 30; step++)
        {
            Assert.True(guard.Accept(step, 2, 1));
        }

        Assert.True(guard.Accept(31, 4, 1));
        Assert.False(guard.Accept(32, 9, 1));
        Assert.True(guard.Accept(33, 2, 1));
        Assert.Equal(1, guard.State.SkippedTotal);
    }

    [Theory]
    [InlineData(double.NaN, 1)]
    [InlineData(double.PositiveInfinity, 1)]
    [InlineData(2, double.NaN)]
    [InlineData(2, double.PositiveInfinity)]
    public void NonFiniteFiguresAreNeverAccepted(double loss, double norm)
    {
        var guard = new LossGuard(1);
        Assert.False(guard.Accept(1, loss, norm));
        Assert.Throws<JobException>(() => guard.Accept(2, loss, norm));
    }
}
