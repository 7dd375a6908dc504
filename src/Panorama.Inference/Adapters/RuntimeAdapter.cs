using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Core.Safetensors;
using Panorama.Inference.Families;
using Panorama.Inference.Kernels;
using Panorama.Inference.Model;
using Panorama.Inference.Threading;
using Panorama.Quantization.Formats;

namespace Panorama.Inference.Adapters;

/// <summary>
/// An adapter in PEFT's layout (https://huggingface.co/docs/peft/developer_guides/checkpoint), applied beside the weights
/// without changing them: LoRA, rsLoRA, DoRA, an embedding or output projection of its own, and rows of tokens.
/// </summary>
internal sealed unsafe class RuntimeAdapter : IDisposable
{
    private const string WeightsFile = "adapter_model.safetensors";

    // The roles that an adapter can have factors for, with their modules.
    private static readonly (WeightRole Role, string Module)[] Projections =
    [
        (WeightRole.Query, "self_attn.q_proj"),
        (WeightRole.Key, "self_attn.k_proj"),
        (WeightRole.Value, "self_attn.v_proj"),
        (WeightRole.AttentionOutput, "self_attn.o_proj"),
        (WeightRole.Gate, "mlp.gate_proj"),
        (WeightRole.Up, "mlp.up_proj"),
        (WeightRole.Down, "mlp.down_proj"),
    ];

    private readonly Dictionary<(WeightRole Role, int Layer), AdapterFactors> _factors = [];
    private readonly Dictionary<int, float[]> _embeddingRows = [];
    private readonly List<(int Token, float[] Row)> _outputRows = [];
    private NativeBuffer? _embedding;
    private NativeBuffer? _outputWeights;
    private PackedMatrix? _output;
    private int _hidden;

    private RuntimeAdapter()
    {
    }

    /// <summary>Reads an adapter.</summary>
    /// <param name="folder">Holds <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>.</param>
    /// <param name="weights">The model.</param>
    /// <param name="pool">Threads to repack what it has.</param>
    /// <exception cref="InputException">A file is missing or malformed, the adapter does not fit the model, or has a part that is not applied without merging.</exception>
    public static RuntimeAdapter Load(string folder, TransformerWeights weights, WorkerPool pool)
    {
        if (!Directory.Exists(folder))
        {
            throw new InputException($"The adapter {folder} does not exist. Name an adapter folder in the PEFT layout, such as runs/lora/adapter.");
        }

        string path = Path.Combine(folder, PeftConfig.FileName);
        if (!File.Exists(path))
        {
            throw new InputException($"{folder}: has no {PeftConfig.FileName}. Name an adapter folder in the PEFT layout, such as runs/lora/adapter.");
        }

        LoraConfig config = PeftConfig.Read(path);
        if (config.ModulesToSave.FirstOrDefault(static module => module is not (LoraConfig.Embedding or LoraConfig.Output)) is { } other)
        {
            throw new InvalidFileException(path, $"modules_to_save has {other}: at run time only {LoraConfig.Embedding} and {LoraConfig.Output} are exchanged. Merge the adapter: panorama merge --model … --adapter {folder} --out ….");
        }

        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(folder, WeightsFile));
        var adapter = new RuntimeAdapter { _hidden = weights.Config.HiddenSize };
        try
        {
            var known = new HashSet<string>(StringComparer.Ordinal);
            adapter.ReadFactors(file, config, weights, known);
            adapter.ReadRows(file, config, weights, known);
            adapter.ReadModules(file, config, weights, known, pool);
            foreach (TensorInfo tensor in file.Tensors)
            {
                if (!known.Contains(tensor.Name))
                {
                    throw new InvalidFileException(file.Path, $"tensor {tensor.Name} belongs to no projection of this model.");
                }
            }

            return adapter;
        }
        catch
        {
            adapter.Dispose();
            throw;
        }
    }

    /// <summary>Adds what the adapter has for a product to one row.</summary>
    /// <param name="role">The product.</param>
    /// <param name="layer">The block.</param>
    /// <param name="x">Its input.</param>
    /// <param name="y">Its output, changed.</param>
    public void Add(WeightRole role, int layer, float* x, float* y)
    {
        if (_factors.TryGetValue((role, layer), out AdapterFactors? factors))
        {
            factors.Add(x, y);
        }
    }

    /// <summary>The adapter's own embedding of a token.</summary>
    /// <param name="token">The token.</param>
    /// <param name="to">[hidden].</param>
    /// <returns>Whether it has one.</returns>
    public bool TryEmbed(int token, Span<float> to)
    {
        if (_embeddingRows.TryGetValue(token, out float[]? row))
        {
            row.CopyTo(to);
            return true;
        }

        if (_embedding is not null)
        {
            new ReadOnlySpan<float>((float*)_embedding.Pointer + ((long)token * _hidden), _hidden).CopyTo(to);
        }

        return _embedding is not null;
    }

    /// <summary>Puts logits of the adapter's own in place.</summary>
    /// <param name="x">The normalized row: [hidden].</param>
    /// <param name="logits">[vocabulary, padded to whole tiles], changed.</param>
    public void ReplaceLogits(float* x, float* logits)
    {
        _output?.Multiply(0, _output.Tiles, new ProductRows { Singles = x, Stride = _hidden }, 1, logits, 0);
        foreach ((int token, float[] row) in _outputRows)
        {
            fixed (float* values = row)
            {
                logits[token] = AdapterFactors.Dot(values, x, row.Length);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (AdapterFactors factors in _factors.Values)
        {
            factors.Dispose();
        }

        _embedding?.Dispose();
        _output?.Dispose();
        _outputWeights?.Dispose();
    }

    private static float[] Values(SafetensorsFile file, string name, HashSet<string> known, params ReadOnlySpan<long> shape)
    {
        TensorInfo tensor = file.Get(name);
        if (!tensor.Shape.SequenceEqual(shape))
        {
            throw new InvalidFileException(file.Path, $"tensor {tensor} should have the shape [{string.Join(", ", shape.ToArray())}] for this model.");
        }

        known.Add(name);
        var values = new float[tensor.ElementCount];
        file.ReadSingles(tensor, 0, values);
        return values;
    }

    // DoRA: the rows of W + s·B·A get the lengths m.
    private static float[] Gains(WeightView weight, float[] down, float[] up, float scale, int rank, float[] magnitudes)
    {
        var row = new float[weight.Columns];
        for (int output = 0; output < weight.Rows; output++)
        {
            BlockCodec.Dequantize(weight.Format, weight.Row(output), row);
            double square = 0;
            for (int i = 0; i < row.Length; i++)
            {
                double value = row[i];
                for (int r = 0; r < rank; r++)
                {
                    value += scale * up[(output * rank) + r] * down[(r * row.Length) + i];
                }

                square += value * value;
            }

            magnitudes[output] /= (float)Math.Sqrt(square);
        }

        return magnitudes;
    }

    private void ReadFactors(SafetensorsFile file, LoraConfig config, TransformerWeights weights, HashSet<string> known)
    {
        for (int layer = 0; layer < weights.Config.Layers; layer++)
        {
            foreach ((WeightRole role, string module) in Projections)
            {
                string name = $"base_model.model.model.layers.{layer}.{module}";
                if (!config.Targets(module[(module.IndexOf('.', StringComparison.Ordinal) + 1)..]) || !weights.TryFind(role, layer, out WeightView? weight))
                {
                    continue;
                }

                float[] down = Values(file, $"{name}.lora_A.weight", known, config.Rank, weight.Columns);
                float[] up = Values(file, $"{name}.lora_B.weight", known, weight.Rows, config.Rank);
                float[] gains = config.UseDora ? Gains(weight, down, up, (float)config.Scale, config.Rank, Values(file, $"{name}.lora_magnitude_vector", known, weight.Rows)) : [];
                _factors.Add((role, layer), new AdapterFactors(down, up, (float)config.Scale, config.Rank, weight.Columns, weight.Rows, gains));
            }
        }
    }

    // With tied embeddings that stay tied, the saved embedding serves the logits, too.
    private void ReadModules(SafetensorsFile file, LoraConfig config, TransformerWeights weights, HashSet<string> known, WorkerPool pool)
    {
        if (config.ModulesToSave.Contains(LoraConfig.Embedding, StringComparer.Ordinal))
        {
            _embedding = Table(file, "base_model.model.model.embed_tokens.weight", weights, known);
            if (weights.Config.TieEmbeddings && config.EnsureWeightTying)
            {
                _output = Packed(_embedding, weights, pool);
            }
        }

        if (config.ModulesToSave.Contains(LoraConfig.Output, StringComparer.Ordinal))
        {
            _outputWeights = Table(file, "base_model.model.lm_head.weight", weights, known);
            _output = Packed(_outputWeights, weights, pool);
        }
    }

    private static NativeBuffer Table(SafetensorsFile file, string name, TransformerWeights weights, HashSet<string> known)
    {
        float[] values = Values(file, name, known, weights.Config.VocabularySize, weights.Config.HiddenSize);
        var table = new NativeBuffer((long)values.Length * sizeof(float), dense: true);
        values.CopyTo(new Span<float>(table.Pointer, values.Length));
        return table;
    }

    private static PackedMatrix Packed(NativeBuffer table, TransformerWeights weights, WorkerPool pool) =>
        MatrixPacker.Pack(new WeightView("modules_to_save", TensorFormat.F32, weights.Config.VocabularySize, weights.Config.HiddenSize, table.Pointer), pool);

    private void ReadRows(SafetensorsFile file, LoraConfig config, TransformerWeights weights, HashSet<string> known)
    {
        foreach ((string module, IReadOnlyList<int> tokens) in config.TrainableTokens)
        {
            bool embedding = module == LoraConfig.Embedding;
            string name = embedding ? "base_model.model.model.embed_tokens" : $"base_model.model.{module}";
            int width = weights.Config.HiddenSize;
            float[] rows = Values(file, $"{name}.token_adapter.trainable_tokens_delta", known, tokens.Count, width);
            for (int i = 0; i < tokens.Count; i++)
            {
                Require.That(tokens[i] >= 0 && tokens[i] < weights.Config.VocabularySize, tokens[i], "a token of trainable_token_indices", $"an id of the model, 0 to {weights.Config.VocabularySize - 1}");
                float[] row = rows[(i * width)..((i + 1) * width)];
                if (embedding)
                {
                    _embeddingRows[tokens[i]] = row;
                }

                if (!embedding || weights.Config.TieEmbeddings)
                {
                    _outputRows.Add((tokens[i], row));
                }
            }
        }
    }
}
