using Panorama.Modeling.Attention;
using Panorama.Modeling.Native;
using static TorchSharp.torch;

namespace Panorama.Modeling.Tests.Attention;

public sealed class SequenceStartsTests
{
    [Fact]
    public void APositionSeesItsOwnSequenceUpToItself()
    {
        // The second row starts with the number the first ends with: rows never see each other.
        var starts = SequenceStarts.Of([0, 0, 1, 1, 7, 1, 1, 1, 1, 2, 2, 2], 2, 6);
        Assert.Equal([0, 0, 2, 2, 4, 5, 0, 0, 0, 3, 3, 3], starts.First_BT);
        using Tensor mask = starts.Mask(ScalarType.Float32, CPU);
        Assert.Equal([2, 1, 6, 6], mask.shape);
        ReadOnlySpan<float> values = TensorMemory.Span<float>(mask);
        for (int i = 0; i < 12; i++)
        {
            for (int k = 0; k < 6; k++)
            {
                bool seen = k <= i % 6 && k >= starts.First_BT[i];
                Assert.Equal(seen ? 0 : float.NegativeInfinity, values[(i * 6) + k]);
            }
        }
    }
}
