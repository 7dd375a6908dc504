using System.Runtime.Intrinsics;
using Panorama.Core.Numerics;

namespace Panorama.Core.Tests.Numerics;

public sealed class VectorMathTests
{
    [Fact]
    public void ExpIsWithinTwoUnitsInTheLastPlace() =>
        Gen.Float[-80, 88.3f].Sample(x =>
        {
            double expected = Math.Exp(x);
            float actual = VectorMath.Exp(Vector512.Create(x))[3];
            double unit = MathF.BitIncrement((float)expected) - (float)expected;
            return Math.Abs(actual - expected) <= 2 * unit;
        });

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 2.7182817f)]
    [InlineData(-1, 0.36787945f)]
    public void ExpByHand(float x, float expected) => Assert.Equal(expected, VectorMath.Exp(Vector512.Create(x))[0], 1e-6f);

    [Fact]
    public void ExpStaysAtItsEndsAndKeepsNaN()
    {
        Assert.InRange(VectorMath.Exp(Vector512.Create(float.NegativeInfinity))[0], 0, 1.9e-35f);
        Assert.InRange(VectorMath.Exp(Vector512.Create(1000f))[0], 2.3e38f, float.MaxValue);
        Assert.True(float.IsNaN(VectorMath.Exp(Vector512.Create(float.NaN))[0]));
    }

    [Fact]
    public void SigmoidAgreesWithItsScalarTwin() =>
        Gen.Float[-100, 100].Sample(x => MathF.Abs(VectorMath.Sigmoid(Vector512.Create(x))[7] - VectorMath.Sigmoid(x)) < 2e-7f);
}
