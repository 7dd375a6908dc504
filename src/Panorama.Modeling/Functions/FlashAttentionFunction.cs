using Panorama.Modeling.Kernels;
using Panorama.Modeling.Native;
using static TorchSharp.torch;
using static TorchSharp.torch.autograd;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Panorama.Modeling.Functions;

/// <summary>
/// Rotary positions and causal grouped-query attention in one: [B, T, N + 2·K, E] → [B, T, N·E]. Kept for the backward pass:
/// the input, the output and one number a row and head; nothing of the size T × T ever exists.
/// B batch, T time, N query heads, K key/value heads, M = N + 2·K, E head size.
/// </summary>
internal sealed class FlashAttentionFunction : SingleTensorFunction<FlashAttentionFunction>
{
    /// <inheritdoc/>
    public override string Name => nameof(FlashAttentionFunction);

    /// <summary>Whether the kernel has a form for a head size.</summary>
    /// <param name="headSize">E.</param>
    public static bool Serves(int headSize) => headSize % TileProduct.Columns == 0;

    /// <summary>Attends.</summary>
    /// <param name="all_BTME">Projections of all heads, queries first, then keys, then values.</param>
    /// <param name="cosines_TE">Cosines of the angles: [T, E], of which the first E/2 of a row are read.</param>
    /// <param name="sines_TE">Sines of the angles: [T, E], of which the last E/2 of a row are read.</param>
    /// <param name="heads">N.</param>
    /// <param name="keyHeads">K.</param>
    /// <param name="first_BT">First position that each position sees, for rows of several sequences; <see langword="null"/>: 0.</param>
    public static Tensor Apply(Tensor all_BTME, Tensor cosines_TE, Tensor sines_TE, int heads, int keyHeads, int[]? first_BT = null) =>
        apply(all_BTME, cosines_TE, sines_TE, new Layout((int)all_BTME.shape[0], (int)all_BTME.shape[1], (int)all_BTME.shape[3], heads, keyHeads, first_BT));

    /// <inheritdoc/>
    public override unsafe Tensor forward(AutogradContext ctx, params object[] vars)
    {
        (var all, var cosines_TE, var sines_TE, var layout) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2], (Layout)vars[3]);
        Tensor output = empty(layout.Batch, layout.Time, layout.OutputWidth), logSums = empty(layout.Batch, layout.Heads, layout.Time);
        float* inputs = FusedKernels.Address(ref all), cosines = (float*)TensorMemory.Address(cosines_TE), sines = (float*)TensorMemory.Address(sines_TE);
        float* outputs = (float*)TensorMemory.Address(output), sums = (float*)TensorMemory.Address(logSums);
        TorchThreads.For(layout.Batch * layout.Heads, piece =>
        {
            (int batch, int query) = Math.DivRem(piece, layout.Heads);
            var rows = new HeadRows(layout, cosines, sines, batch);
            AttentionHead head = AttentionHead.OfThread(layout.Time, layout.HeadSize);
            rows.Load(head, inputs, query, withKeys: true);
            head.Transpose(head.Keys, head.KeysTransposed);
            fixed (int* first = layout.FirstOf(batch))
            {
                FlashAttentionKernel.Forward(head, first, head.Output, head.LogSums);
            }

            new ReadOnlySpan<float>(head.LogSums, layout.Time).CopyTo(new(sums + ((long)piece * layout.Time), layout.Time));
            rows.Copy(head.Output, outputs + ((long)query * layout.HeadSize), layout.OutputWidth);
        });
        ctx.save_data(nameof(Layout), layout);
        ctx.save_for_backward([all, cosines_TE, sines_TE, output, logSums]);
        return output;
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output) => BackwardErrors.Guard(4, () => Gradients(ctx, grad_output));

    private static unsafe List<Tensor> Gradients(AutogradContext ctx, Tensor grad_output)
    {
        var layout = (Layout)ctx.get_data(nameof(Layout));
        List<Tensor> saved = ctx.get_saved_variables();
        Tensor gradient = empty(saved[0].shape);
        float* inputs = (float*)TensorMemory.Address(saved[0]), cosines = (float*)TensorMemory.Address(saved[1]), sines = (float*)TensorMemory.Address(saved[2]);
        float* outputs = (float*)TensorMemory.Address(saved[3]), sums = (float*)TensorMemory.Address(saved[4]);
        float* doutputs = FusedKernels.Address(ref grad_output), dinputs = (float*)TensorMemory.Address(gradient);

        // The query heads that share a key/value head are one piece: they add to the same gradients, always in order.
        TorchThreads.For(layout.Batch * layout.KeyHeads, piece =>
        {
            (int batch, int key) = Math.DivRem(piece, layout.KeyHeads);
            var rows = new HeadRows(layout, cosines, sines, batch);
            AttentionHead head = AttentionHead.OfThread(layout.Time, layout.HeadSize);
            int group = layout.Heads / layout.KeyHeads, size = head.Padded * head.Size;
            new Span<float>(head.KeyGradients, size).Clear();
            new Span<float>(head.ValueGradients, size).Clear();
            fixed (int* first = layout.FirstOf(batch))
            {
                for (int query = key * group; query < (key + 1) * group; query++)
                {
                    rows.Load(head, inputs, query, withKeys: query == key * group);
                    if (query == key * group)
                    {
                        head.Transpose(head.Keys, head.KeysTransposed);
                        head.Transpose(head.Values, head.ValuesTransposed);
                    }

                    long column = (long)query * layout.HeadSize;
                    rows.Read(outputs + column, layout.OutputWidth, head, head.Output);
                    rows.Read(doutputs + column, layout.OutputWidth, head, head.OutputGradients);
                    new ReadOnlySpan<float>(sums + ((((long)batch * layout.Heads) + query) * layout.Time), layout.Time).CopyTo(new(head.LogSums, layout.Time));
                    new Span<float>(head.LogSums + layout.Time, head.Padded - layout.Time).Clear();
                    new Span<float>(head.QueryGradients, size).Clear();
                    FlashAttentionKernel.Backward(head, first, head.Output, head.LogSums, head.OutputGradients);
                    rows.Scale(head.QueryGradients, head);
                    rows.TurnBack(head.QueryGradients, dinputs + column);
                }
            }

            rows.TurnBack(head.KeyGradients, dinputs + ((long)(layout.Heads + key) * layout.HeadSize));
            rows.Copy(head.ValueGradients, dinputs + ((long)(layout.Heads + layout.KeyHeads + key) * layout.HeadSize), layout.InputWidth);
        });
        GC.KeepAlive(saved);
        GC.KeepAlive(grad_output);
        return [gradient, null!, null!, null!];
    }

    private sealed record Layout(int Batch, int Time, int HeadSize, int Heads, int KeyHeads, int[]? First_BT)
    {
        public int InputWidth => (Heads + (2 * KeyHeads)) * HeadSize;

        public int OutputWidth => Heads * HeadSize;

        public float Scale => 1 / MathF.Sqrt(HeadSize);

        public ReadOnlySpan<int> FirstOf(int batch) => First_BT is null ? default : First_BT.AsSpan(batch * Time, Time);
    }

    // Moves one head's rows of one sequence between the interleaved tensors and the head's own memory.
    private readonly unsafe struct HeadRows(Layout layout, float* cosines, float* sines, int batch)
    {
        private int Half => layout.HeadSize / 2;

        public void Load(AttentionHead head, float* inputs, int query, bool withKeys)
        {
            int key = query / (layout.Heads / layout.KeyHeads);
            Turn(inputs + ((long)query * layout.HeadSize), head.Queries);
            Scale(head.Queries, head);
            head.ClearPadding(head.Queries);
            if (withKeys)
            {
                Turn(inputs + ((long)(layout.Heads + key) * layout.HeadSize), head.Keys);
                head.ClearPadding(head.Keys);
                Read(inputs + ((long)(layout.Heads + layout.KeyHeads + key) * layout.HeadSize), layout.InputWidth, head, head.Values);
            }
        }

        public void Read(float* source, long width, AttentionHead head, float* target)
        {
            source += (long)batch * layout.Time * width;
            for (int t = 0; t < layout.Time; t++)
            {
                new ReadOnlySpan<float>(source + (t * width), layout.HeadSize).CopyTo(new(target + ((long)t * layout.HeadSize), layout.HeadSize));
            }

            head.ClearPadding(target);
        }

        public void Copy(float* source, float* target, long width)
        {
            target += (long)batch * layout.Time * width;
            for (int t = 0; t < layout.Time; t++)
            {
                new ReadOnlySpan<float>(source + ((long)t * layout.HeadSize), layout.HeadSize).CopyTo(new(target + (t * width), layout.HeadSize));
            }
        }

        // By the scale of the scores, 1/√E.
        public void Scale(float* rows, AttentionHead head)
        {
            Span<float> values = new(rows, layout.Time * head.Size);
            TensorPrimitives.Multiply(values, layout.Scale, values);
        }

        public void TurnBack(float* source, float* target)
        {
            target += (long)batch * layout.Time * layout.InputWidth;
            for (int t = 0; t < layout.Time; t++)
            {
                Turn(t, source + ((long)t * layout.HeadSize), target + ((long)t * layout.InputWidth), -1);
            }
        }

        private void Turn(float* source, float* target)
        {
            source += (long)batch * layout.Time * layout.InputWidth;
            for (int t = 0; t < layout.Time; t++)
            {
                Turn(t, source + ((long)t * layout.InputWidth), target + ((long)t * layout.HeadSize), 1);
            }
        }

        private void Turn(int t, float* source, float* target, float direction)
        {
            float* row = cosines + ((long)t * layout.HeadSize);
            RotaryKernel.Turn(new(source, layout.HeadSize), new(row, Half), new(sines + ((long)t * layout.HeadSize) + Half, Half), direction, new(target, layout.HeadSize));
        }
    }
}
