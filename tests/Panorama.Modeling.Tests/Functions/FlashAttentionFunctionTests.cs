using Panorama.Modeling.Functions;
using Panorama.Modeling.Kernels;
using Panorama.Modeling.Positions;
using static TorchSharp.torch;

namespace Panorama.Modeling.Tests.Functions;

public sealed class FlashAttentionFunctionTests
{
    /// <summary>Lengths below, at and above whole tiles; head sizes of one narrow, one wide, and a wide with a narrow tile.</summary>
    public static TheoryData<int, int, int, int, int, bool> Shapes { get; } = new()
    {
        { 1, 1, 1, 1, 16, false },
        { 2, 63, 2, 2, 64, false },
        { 1, 64, 4, 2, 32, false },
        { 2, 65, 2, 1, 80, false },
        { 1, 200, 6, 2, 16, false },
        { 2, 200, 2, 2, 16, true },
        { 1, 130, 2, 1, 64, true },
    };

    /// <summary>Against softmax(QKᵀ/√E)V composed of operators in float64.</summary>
    [Theory]
    [MemberData(nameof(Shapes))]
    public void ResultAndGradientAgreeWithTheFormula(int batch, int time, int heads, int keyHeads, int size, bool packed)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(11, CPU);
        Tensor input = randn([batch, time, heads + (2 * keyHeads), size], generator: generator).requires_grad_();
        Tensor weight = randn([batch, time, heads * size], generator: generator);
        int[]? first = packed ? [.. Enumerable.Range(0, batch * time).Select(i => i % time / 37 * 37)] : null;

        using var rotary = new RotaryTable(time, size, 10_000, CPU, ScalarType.Float32);
        Tensor result = rotary.Attend(input, heads, keyHeads, first);
        result.backward([weight]);
        BackwardErrors.ThrowIfAny();

        Tensor exact = input.detach().to(ScalarType.Float64).requires_grad_();
        using var exactRotary = new RotaryTable(time, size, 10_000, CPU, ScalarType.Float64);
        Tensor expected = Formula(exact, exactRotary, heads, keyHeads, first);
        expected.backward([weight.to(ScalarType.Float64)]);

        Close(expected, result);
        Close(exact.grad!, input.grad!);
    }

    [Fact]
    public void TheKernelAgreesWithItsScalarTwin()
    {
        const int Time = 70, Size = 48;
        var random = new Random(2);
        float[] Rows() => [.. Enumerable.Range(0, Time * Size).Select(_ => random.NextSingle() - 0.5f)];
        float[] queries = Rows(), keys = Rows(), values = Rows(), expected = new float[Time * Size];
        int[] first = [.. Enumerable.Range(0, Time).Select(t => Math.Max(0, t - 9))];
        FlashAttentionKernel.ForwardScalar(queries, keys, values, Size, first, expected);
        Assert.Equal(expected, Tiled(), (a, b) => MathF.Abs(a - b) < 1e-6f);

        unsafe float[] Tiled()
        {
            AttentionHead head = AttentionHead.OfThread(Time, Size);
            Put(queries, head.Queries);
            Put(keys, head.Keys);
            Put(values, head.Values);
            head.Transpose(head.Keys, head.KeysTransposed);
            fixed (int* from = first)
            {
                FlashAttentionKernel.Forward(head, from, head.Output, head.LogSums);
            }

            return new ReadOnlySpan<float>(head.Output, Time * Size).ToArray();

            void Put(float[] source, float* target)
            {
                source.CopyTo(new Span<float>(target, source.Length));
                head.ClearPadding(target);
            }
        }
    }

    /// <summary>Scores far outside the range of exp: the running maximum keeps them finite.</summary>
    [Fact]
    public void LargeScoresStayFinite()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(11, CPU);
        Tensor input = (randn([1, 100, 3, 16], generator: generator) * 100).requires_grad_();
        using var rotary = new RotaryTable(100, 16, 10_000, CPU, ScalarType.Float32);
        Tensor result = rotary.Attend(input, 1, 1);
        result.sum().backward();
        Assert.True(result.isfinite().all().item<bool>());
        Assert.True(input.grad!.isfinite().all().item<bool>());
    }

    [Fact]
    public void RowsLongerThanTheTableAreRefused()
    {
        using var scope = NewDisposeScope();
        using var rotary = new RotaryTable(8, 16, 10_000, CPU, ScalarType.Float32);
        Assert.Throws<ArgumentException>(() => rotary.Attend(zeros(1, 9, 3, 16), 1, 1));
        Assert.Throws<ArgumentException>(() => rotary.Attend(zeros(1, 8, 3, 16), 1, 1, new int[7]));
    }

    private static Tensor Formula(Tensor all_BTME, RotaryTable rotary, int heads, int keyHeads, int[]? first)
    {
        (long batch, long time, long size) = (all_BTME.shape[0], all_BTME.shape[1], all_BTME.shape[3]);
        Tensor turned_BTME = rotary.Apply(all_BTME.narrow(2, 0, heads + keyHeads), 0);
        Tensor q_BNTE = turned_BTME.narrow(2, 0, heads).transpose(1, 2);
        Tensor k_BNTE = turned_BTME.narrow(2, heads, keyHeads).transpose(1, 2).repeat_interleave(heads / keyHeads, 1);
        Tensor v_BNTE = all_BTME.narrow(2, heads + keyHeads, keyHeads).transpose(1, 2).repeat_interleave(heads / keyHeads, 1);
        Tensor column_T = arange(time), row_T1 = arange(time).unsqueeze(1);
        Tensor from_BT1 = first is null ? zeros(batch, time, 1) : tensor(first).view(batch, time, 1);
        Tensor visible_BTT = column_T.le(row_T1).logical_and(column_T.ge(from_BT1));
        Tensor scores_BNTT = q_BNTE.matmul(k_BNTE.transpose(2, 3)) / Math.Sqrt(size);
        Tensor weights_BNTT = scores_BNTT.masked_fill(visible_BTT.logical_not().unsqueeze(1), double.NegativeInfinity).softmax(-1);
        return weights_BNTT.matmul(v_BNTE).transpose(1, 2).reshape(batch, time, heads * size);
    }

    /// <summary>float32 against float64: sums of up to 200 terms, each rounded to 6e-8.</summary>
    private static void Close(Tensor expected, Tensor actual)
    {
        Tensor difference = (expected - actual.to(ScalarType.Float64)).abs().max() / expected.abs().max();
        Assert.True(difference.item<double>() < 3e-6, $"largest difference {difference.item<double>():g3} of the largest value");
    }
}
