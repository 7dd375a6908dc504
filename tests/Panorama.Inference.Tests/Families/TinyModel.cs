using Panorama.Core;
using Panorama.Core.Configuration;
using Panorama.Core.Numerics;
using Panorama.Core.Safetensors;

namespace Panorama.Inference.Tests.Families;

/// <summary>
/// A small model of a family with random weights, named and shaped by hand as published folders of that family are.
/// </summary>
/// <param name="Config">The model.</param>
/// <param name="Tensors">Names and shapes as in a model folder.</param>
internal sealed record TinyModel(ModelConfig Config, (string Name, long[] Shape)[] Tensors)
{
    private const int Vocabulary = 48;
    private const int Width = 16;
    private const int Inner = 24;
    private const int Layers = 2;
    private const int Context = 32;

    /// <summary>One model of every family; heads 4, key/value heads 2, head size 4 (Qwen3: 8).</summary>
    public static IReadOnlyDictionary<string, TinyModel> All { get; } = new Dictionary<string, TinyModel>(StringComparer.Ordinal)
    {
        ["llama"] = Decoder(ModelFamily.Llama),
        ["llama-tied"] = Decoder(ModelFamily.Llama, tie: true),
        ["llama-biased"] = Decoder(ModelFamily.Llama, inputBias: true, outputBias: true),
        ["qwen2"] = Decoder(ModelFamily.Qwen2, inputBias: true),
        ["qwen3"] = Decoder(ModelFamily.Qwen3, headSize: 8, normalize: true, tie: true),
        ["mistral"] = Decoder(ModelFamily.Mistral, window: 8),
        ["gpt2"] = Gpt2(),
        ["bert"] = Bert(),
    };

    /// <summary>A configuration with other positions or norms.</summary>
    public static ModelConfig With(ModelConfig c, PositionConfig? positions = null, NormConfig? norm = null) => new(
        c.Family, c.VocabularySize, c.HiddenSize, c.Layers, c.ContextLength, c.Attention, c.FeedForward, norm ?? c.Norm, positions ?? c.Positions, c.Causal, c.TieEmbeddings,
        c.InitializerRange, c.TokenTypes);

    /// <summary>The values of a tensor: small, different for every tensor, exact in BF16.</summary>
    public static float[] Values(string name, long count)
    {
        var values = new float[count];
        var random = new CounterRandom(StableHash.Of(name));
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (random.Below((ulong)i, 255) - 127) / 128f;
        }

        return values;
    }

    /// <summary>Writes the folder's configuration and weights.</summary>
    public void Write(string folder, DType type = DType.F32, string prefix = "", Func<(string Name, long[] Shape), bool>? keep = null, Action<string, float[]>? change = null, params (string Name, long[] Shape)[] extra)
    {
        Directory.CreateDirectory(folder);
        HuggingFaceConfig.Write(Path.Combine(folder, HuggingFaceConfig.FileName), new HuggingFaceModel { Config = Config, StoredType = type, SpecialTokens = new SpecialTokenIds { Pad = Config.Causal ? null : 0 } });
        (string Name, long[] Shape)[] all = [.. Tensors.Where(t => keep is null || keep(t)), .. extra];
        using SafetensorsModelWriter writer = SafetensorsModelWriter.Create(folder, all.Select(t => new TensorInfo(prefix + t.Name, type, t.Shape)));
        foreach ((string name, long[] shape) in all)
        {
            float[] values = Values(name, shape.Aggregate(1L, static (a, b) => a * b));
            change?.Invoke(name, values);
            byte[] bytes = new byte[values.Length * type.Size()];
            SingleConversion.FromSingle(type, values, bytes);
            writer.Append(prefix + name, bytes);
        }

        writer.Complete();
    }

    private static TinyModel Decoder(ModelFamily family, int headSize = 4, bool inputBias = false, bool outputBias = false, bool normalize = false, bool tie = false, int? window = null)
    {
        var config = new ModelConfig(
            family,
            Vocabulary,
            Width,
            Layers,
            Context,
            new AttentionConfig(4, 2, headSize, window is { } keys ? new WindowAttention(keys) : null, inputBias, outputBias, normalize),
            new FeedForwardConfig(Inner, Activation.Silu, Gated: true),
            new NormConfig(NormKind.RmsNorm, 1e-5),
            new RotaryPositions(),
            tieEmbeddings: tie);
        var tensors = new List<(string, long[])> { ("model.embed_tokens.weight", [Vocabulary, Width]) };
        for (int i = 0; i < Layers; i++)
        {
            string block = $"model.layers.{i}.";
            tensors.AddRange(
            [
                (block + "input_layernorm.weight", [Width]),
                (block + "self_attn.q_proj.weight", [4 * headSize, Width]),
                (block + "self_attn.k_proj.weight", [2 * headSize, Width]),
                (block + "self_attn.v_proj.weight", [2 * headSize, Width]),
                (block + "self_attn.o_proj.weight", [Width, 4 * headSize]),
                (block + "post_attention_layernorm.weight", [Width]),
                (block + "mlp.gate_proj.weight", [Inner, Width]),
                (block + "mlp.up_proj.weight", [Inner, Width]),
                (block + "mlp.down_proj.weight", [Width, Inner]),
            ]);
            if (inputBias)
            {
                tensors.AddRange([(block + "self_attn.q_proj.bias", [4 * headSize]), (block + "self_attn.k_proj.bias", [2 * headSize]), (block + "self_attn.v_proj.bias", [2 * headSize])]);
            }

            if (outputBias)
            {
                tensors.Add((block + "self_attn.o_proj.bias", [Width]));
            }

            if (normalize)
            {
                tensors.AddRange([(block + "self_attn.q_norm.weight", [headSize]), (block + "self_attn.k_norm.weight", [headSize])]);
            }
        }

        tensors.Add(("model.norm.weight", [Width]));
        if (!tie)
        {
            tensors.Add(("lm_head.weight", [Vocabulary, Width]));
        }

        return new TinyModel(config, [.. tensors]);
    }

    private static TinyModel Gpt2()
    {
        var config = new ModelConfig(
            ModelFamily.Gpt2,
            Vocabulary,
            Width,
            Layers,
            Context,
            new AttentionConfig(4, 4, 4, inputBias: true, outputBias: true),
            new FeedForwardConfig(Inner, Activation.GeluTanh, Gated: false, Bias: true),
            new NormConfig(NormKind.LayerNorm, 1e-5),
            new LearnedPositions(),
            tieEmbeddings: true);
        var tensors = new List<(string, long[])> { ("wte.weight", [Vocabulary, Width]), ("wpe.weight", [Context, Width]) };
        for (int i = 0; i < Layers; i++)
        {
            string block = $"h.{i}.";
            tensors.AddRange(
            [
                (block + "ln_1.weight", [Width]),
                (block + "ln_1.bias", [Width]),
                (block + "attn.c_attn.weight", [Width, 3 * Width]),
                (block + "attn.c_attn.bias", [3 * Width]),
                (block + "attn.c_proj.weight", [Width, Width]),
                (block + "attn.c_proj.bias", [Width]),
                (block + "ln_2.weight", [Width]),
                (block + "ln_2.bias", [Width]),
                (block + "mlp.c_fc.weight", [Width, Inner]),
                (block + "mlp.c_fc.bias", [Inner]),
                (block + "mlp.c_proj.weight", [Inner, Width]),
                (block + "mlp.c_proj.bias", [Width]),
            ]);
        }

        return new TinyModel(config, [.. tensors, ("ln_f.weight", [Width]), ("ln_f.bias", [Width])]);
    }

    private static TinyModel Bert()
    {
        var config = new ModelConfig(
            ModelFamily.Bert,
            Vocabulary,
            Width,
            Layers,
            Context,
            new AttentionConfig(4, 4, 4, inputBias: true, outputBias: true),
            new FeedForwardConfig(Inner, Activation.Gelu, Gated: false, Bias: true),
            new NormConfig(NormKind.LayerNorm, 1e-12, NormPlacement.Post),
            new LearnedPositions(),
            causal: false,
            tieEmbeddings: true,
            tokenTypes: 2);
        var tensors = new List<(string, long[])>
        {
            ("embeddings.word_embeddings.weight", [Vocabulary, Width]),
            ("embeddings.position_embeddings.weight", [Context, Width]),
            ("embeddings.token_type_embeddings.weight", [2, Width]),
            ("embeddings.LayerNorm.weight", [Width]),
            ("embeddings.LayerNorm.bias", [Width]),
        };
        for (int i = 0; i < Layers; i++)
        {
            string block = $"encoder.layer.{i}.";
            foreach (string square in (string[])["attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"])
            {
                tensors.AddRange([(block + square + ".weight", [Width, Width]), (block + square + ".bias", [Width])]);
            }

            tensors.AddRange(
            [
                (block + "attention.output.LayerNorm.weight", [Width]),
                (block + "attention.output.LayerNorm.bias", [Width]),
                (block + "intermediate.dense.weight", [Inner, Width]),
                (block + "intermediate.dense.bias", [Inner]),
                (block + "output.dense.weight", [Width, Inner]),
                (block + "output.dense.bias", [Width]),
                (block + "output.LayerNorm.weight", [Width]),
                (block + "output.LayerNorm.bias", [Width]),
            ]);
        }

        return new TinyModel(config, [.. tensors]);
    }
}
