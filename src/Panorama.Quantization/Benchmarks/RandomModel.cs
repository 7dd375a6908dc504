using Panorama.Core.Errors;
using Panorama.Core.Numerics;
using Panorama.Quantization.Formats;
using Panorama.Quantization.Gguf;
using Panorama.Quantization.Quantizing;

namespace Panorama.Quantization.Benchmarks;

/// <summary>
/// Writes a GGUF file of the llama family with random weights, so that speed can be measured without a download. Every 256
/// values of a matrix are drawn from a pool of a million normally distributed ones that was quantized once, so that a file
/// takes no longer than its bytes. The standard deviation is 1/√inputs: activations and logits stay of size 1.
/// </summary>
public static class RandomModel
{
    private const int Unit = 256, PoolUnits = 4096, ChunkBytes = 1 << 22;

    /// <summary>Writes a model. The same arguments give the same file.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="shape">The sizes.</param>
    /// <param name="format">The format of the matrices; see <see cref="FormatMix"/> for the exceptions.</param>
    /// <param name="seed">Chooses the weights.</param>
    /// <param name="progress">Told the bytes of weights written; may be null.</param>
    /// <exception cref="JobException">The disk is full, or the file cannot be written.</exception>
    public static void Write(string path, RandomModelShape shape, TensorFormat format, ulong seed, IProgress<long>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(shape);
        var pools = new Dictionary<(TensorFormat, long), byte[]>();
        byte[] chunk = new byte[ChunkBytes];
        ulong draws = 0;
        long written = 0;
        var units = new CounterRandom(seed, stream: 1);
        GgufWriter.Write(path, Metadata(shape, format), Tensors(shape, format), (tensor, sink) =>
        {
            if (tensor.Shape.Length == 1)
            {
                float[] ones = new float[tensor.ElementCount];
                Array.Fill(ones, 1f);
                byte[] bytes = new byte[tensor.ByteCount];
                BlockCodec.Quantize(tensor.Format, ones, bytes);
                sink(bytes);
                return;
            }

            if (!pools.TryGetValue((tensor.Format, tensor.Columns), out byte[]? pool))
            {
                pools[(tensor.Format, tensor.Columns)] = pool = Pool(tensor.Format, tensor.Columns, seed);
            }

            int unitBytes = (int)tensor.Format.RowBytes(Unit);
            long left = tensor.ElementCount / Unit;
            while (left > 0)
            {
                int count = (int)Math.Min(left, ChunkBytes / unitBytes);
                for (int i = 0; i < count; i++)
                {
                    int drawn = (int)units.Below(draws++, PoolUnits);
                    pool.AsSpan(drawn * unitBytes, unitBytes).CopyTo(chunk.AsSpan(i * unitBytes));
                }

                sink(chunk.AsSpan(0, count * unitBytes));
                left -= count;
                written += count * unitBytes;
                progress?.Report(written);
            }
        });
    }

    /// <summary>The tensors of a model, in the order of the file.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="format">The format of the matrices.</param>
    public static IReadOnlyList<GgufTensor> Tensors(RandomModelShape shape, TensorFormat format)
    {
        ArgumentNullException.ThrowIfNull(shape);
        int keyValueWidth = shape.Hidden / shape.Heads * shape.KeyValueHeads;
        var tensors = new List<GgufTensor>();
        Add("token_embd", shape.Vocabulary, shape.Hidden);
        for (int layer = 0; layer < shape.Layers; layer++)
        {
            string block = $"blk.{layer}.";
            Add(block + "attn_norm", shape.Hidden);
            Add(block + "attn_q", shape.Hidden, shape.Hidden);
            Add(block + "attn_k", keyValueWidth, shape.Hidden);
            Add(block + "attn_v", keyValueWidth, shape.Hidden);
            Add(block + "attn_output", shape.Hidden, shape.Hidden);
            Add(block + "ffn_norm", shape.Hidden);
            Add(block + "ffn_gate", shape.FeedForward, shape.Hidden);
            Add(block + "ffn_up", shape.FeedForward, shape.Hidden);
            Add(block + "ffn_down", shape.Hidden, shape.FeedForward);
        }

        Add("output_norm", shape.Hidden);
        Add("output", shape.Vocabulary, shape.Hidden);
        return tensors;

        void Add(string name, params long[] dimensions)
        {
            name += ".weight";
            tensors.Add(new GgufTensor(name, FormatMix.Choose(name, dimensions, format, tied: false), dimensions));
        }
    }

    private static IEnumerable<KeyValuePair<string, GgufValue>> Metadata(RandomModelShape shape, TensorFormat format) =>
    [
        new("general.architecture", GgufValue.Of("llama")),
        new("general.name", GgufValue.Of($"random {shape.Name}")),
        new("general.file_type", GgufValue.Of(FormatMix.FileType(format))),
        new("general.quantization_version", GgufValue.Of(2u)),
        new("llama.vocab_size", GgufValue.Of((uint)shape.Vocabulary)),
        new("llama.context_length", GgufValue.Of((uint)shape.Context)),
        new("llama.embedding_length", GgufValue.Of((uint)shape.Hidden)),
        new("llama.block_count", GgufValue.Of((uint)shape.Layers)),
        new("llama.feed_forward_length", GgufValue.Of((uint)shape.FeedForward)),
        new("llama.attention.head_count", GgufValue.Of((uint)shape.Heads)),
        new("llama.attention.head_count_kv", GgufValue.Of((uint)shape.KeyValueHeads)),
        new("llama.attention.layer_norm_rms_epsilon", GgufValue.Of(1e-5f)),
        new("llama.rope.dimension_count", GgufValue.Of((uint)(shape.Hidden / shape.Heads))),
        new("llama.rope.freq_base", GgufValue.Of(10000f)),
        .. RandomVocabulary.Metadata(shape.Vocabulary),
    ];

    // Normal values by Box and Muller from pairs of uniform ones.
    private static byte[] Pool(TensorFormat format, long inputs, ulong seed)
    {
        var random = new CounterRandom(seed);
        double deviation = 1 / Math.Sqrt(inputs);
        float[] values = new float[PoolUnits * Unit];
        for (int i = 0; i < values.Length; i += 2)
        {
            double radius = deviation * Math.Sqrt(-2 * Math.Log(1 - random.Double((ulong)i)));
            (double sine, double cosine) = Math.SinCos(2 * Math.PI * random.Double((ulong)i + 1));
            (values[i], values[i + 1]) = ((float)(radius * cosine), (float)(radius * sine));
        }

        byte[] pool = new byte[format.RowBytes(values.Length)];
        BlockCodec.Quantize(format, values, pool);
        return pool;
    }
}
