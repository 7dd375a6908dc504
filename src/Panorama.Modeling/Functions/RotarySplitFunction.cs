using Panorama.Modeling.Kernels;
using Panorama.Modeling.Native;
using static TorchSharp.torch;
using static TorchSharp.torch.autograd;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Panorama.Modeling.Functions;

/// <summary>
/// Turns queries and keys by their positions and lays queries, keys and values out for attention, each key/value head
/// repeated for the query heads it serves: [B, T, N + 2·K, E] → three of [B, N, T, E].
/// B batch, T time, N query heads, K key/value heads, E head size.
/// </summary>
internal sealed class RotarySplitFunction : MultiTensorFunction<RotarySplitFunction>
{
    /// <inheritdoc/>
    public override string Name => nameof(RotarySplitFunction);

    /// <summary>Turns and splits.</summary>
    /// <param name="all_BTME">Projections of all heads, queries first, then keys, then values.</param>
    /// <param name="cosines_TE">Cosines of the angles: [T, E], of which the first E/2 of a row are read.</param>
    /// <param name="sines_TE">Sines of the angles: [T, E], of which the last E/2 of a row are read.</param>
    /// <param name="heads">N.</param>
    /// <param name="keyHeads">K.</param>
    public static (Tensor Q_BNTE, Tensor K_BNTE, Tensor V_BNTE) Apply(Tensor all_BTME, Tensor cosines_TE, Tensor sines_TE, int heads, int keyHeads)
    {
        List<Tensor> results = apply(all_BTME, cosines_TE, sines_TE, heads, keyHeads);
        return (results[0], results[1], results[2]);
    }

    /// <inheritdoc/>
    public override unsafe List<Tensor> forward(AutogradContext ctx, params object[] vars)
    {
        var all = (Tensor)vars[0];
        var layout = new Layout(all.shape, (int)vars[3], (int)vars[4]);
        ctx.save_data(nameof(Layout), layout);
        ctx.save_for_backward([(Tensor)vars[1], (Tensor)vars[2]]);
        Tensor[] parts = [empty(layout.Shape), empty(layout.Shape), empty(layout.Shape)];
        float* inputs = FusedKernels.Address(ref all), cosines = (float*)TensorMemory.Address((Tensor)vars[1]), sines = (float*)TensorMemory.Address((Tensor)vars[2]);
        float* q = (float*)TensorMemory.Address(parts[0]), k = (float*)TensorMemory.Address(parts[1]), v = (float*)TensorMemory.Address(parts[2]);
        FusedKernels.ForRows(layout.Rows, layout.InputWidth, (from, to, _) =>
        {
            for (int row = from; row < to; row++)
            {
                Split(layout, row, inputs, cosines, sines, q, k, v);
            }
        });
        GC.KeepAlive(all);
        return [.. parts];
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(AutogradContext ctx, List<Tensor> grad_outputs) => BackwardErrors.Guard(5, () => Gradients(ctx, grad_outputs));

    private static unsafe List<Tensor> Gradients(AutogradContext ctx, List<Tensor> grad_outputs)
    {
        var layout = (Layout)ctx.get_data(nameof(Layout));
        List<Tensor> saved = ctx.get_saved_variables();
        Tensor gradient = empty(layout.Batch, layout.Time, layout.Heads + (2 * layout.KeyHeads), layout.HeadSize);
        float* outputs = (float*)TensorMemory.Address(gradient), cosines = (float*)TensorMemory.Address(saved[0]), sines = (float*)TensorMemory.Address(saved[1]);
        var q = new Strided(grad_outputs[0]);
        var k = new Strided(grad_outputs[1]);
        var v = new Strided(grad_outputs[2]);
        FusedKernels.ForRows(layout.Rows, layout.InputWidth, (from, to, _) =>
        {
            for (int row = from; row < to; row++)
            {
                Gather(layout, row, q, k, v, cosines, sines, outputs);
            }
        });
        GC.KeepAlive(q.Owner);
        GC.KeepAlive(k.Owner);
        GC.KeepAlive(v.Owner);
        return [gradient, null!, null!, null!, null!];
    }

    private static unsafe void Split(Layout layout, int row, float* inputs, float* cosines, float* sines, float* q, float* k, float* v)
    {
        (int batch, int time) = Math.DivRem(row, layout.Time);
        int size = layout.HeadSize, group = layout.Heads / layout.KeyHeads;
        float* input = inputs + (row * layout.InputWidth), keys = input + (layout.Heads * size), values = keys + (layout.KeyHeads * size);
        ReadOnlySpan<float> cosine = new(cosines + ((long)time * size), size / 2), sine = new(sines + ((long)time * size) + (size / 2), size / 2);
        for (int head = 0; head < layout.Heads; head++)
        {
            long to = ((((long)batch * layout.Heads) + head) * layout.Time * size) + ((long)time * size);
            int from = head / group * size;
            RotaryKernel.Turn(new(input + (head * size), size), cosine, sine, 1, add: false, new(q + to, size));
            RotaryKernel.Turn(new(keys + from, size), cosine, sine, 1, add: false, new(k + to, size));
            new ReadOnlySpan<float>(values + from, size).CopyTo(new Span<float>(v + to, size));
        }
    }

    private static unsafe void Gather(Layout layout, int row, Strided q, Strided k, Strided v, float* cosines, float* sines, float* outputs)
    {
        (int batch, int time) = Math.DivRem(row, layout.Time);
        int size = layout.HeadSize, group = layout.Heads / layout.KeyHeads;
        float* output = outputs + (row * layout.InputWidth), keys = output + (layout.Heads * size), values = keys + (layout.KeyHeads * size);
        ReadOnlySpan<float> cosine = new(cosines + ((long)time * size), size / 2), sine = new(sines + ((long)time * size) + (size / 2), size / 2);
        for (int head = 0; head < layout.Heads; head++)
        {
            int to = head / group * size;
            bool add = head % group > 0;
            RotaryKernel.Turn(new(q.At(batch, head, time), size), cosine, sine, -1, add: false, new(output + (head * size), size));
            RotaryKernel.Turn(new(k.At(batch, head, time), size), cosine, sine, -1, add, new(keys + to, size));
            Span<float> value = new(values + to, size);
            ReadOnlySpan<float> dvalue = new(v.At(batch, head, time), size);
            if (add)
            {
                TensorPrimitives.Add(value, dvalue, value);
            }
            else
            {
                dvalue.CopyTo(value);
            }
        }
    }

    private sealed record Layout(int Batch, int Time, int HeadSize, int Heads, int KeyHeads)
    {
        public Layout(long[] shape, int heads, int keyHeads)
            : this((int)shape[0], (int)shape[1], (int)shape[3], heads, keyHeads)
        {
        }

        public int Rows => Batch * Time;

        public long InputWidth => (long)(Heads + (2 * KeyHeads)) * HeadSize;

        public long[] Shape => [Batch, Heads, Time, HeadSize];
    }

    // Attention's backward pass returns gradients in a layout of its own choice; only a head's elements lie together.
    private readonly unsafe struct Strided
    {
        private readonly float* _first;
        private readonly long _batch, _head, _time;

        public Strided(Tensor x_BNTE)
        {
            Owner = x_BNTE.stride(3) == 1 ? x_BNTE : x_BNTE.contiguous();
            _first = (float*)TensorMemory.FirstElement(Owner);
            (_batch, _head, _time) = (Owner.stride(0), Owner.stride(1), Owner.stride(2));
        }

        public Tensor Owner { get; }

        public float* At(long batch, long head, long time) => _first + (batch * _batch) + (head * _head) + (time * _time);
    }
}
