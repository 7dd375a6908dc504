using Panorama.Core.Configuration;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Panorama.Training.Benchmarks;

/// <summary>
/// The peer of our speed figures: the same LLaMA-style decoder as one would write it with TorchSharp's modules, every
/// norm, rotation and gate composed of eager operations. Nothing else uses it.
/// </summary>
internal sealed class EagerDecoder : Module<Tensor, Tensor>
{
    private readonly Embedding _embedding;
    private readonly ModuleList<EagerBlock> _blocks;
    private readonly EagerNorm _norm;
    private readonly Linear _output;
    private readonly Tensor _cos;
    private readonly Tensor _sin;

    public EagerDecoder(ModelConfig config)
        : base(nameof(EagerDecoder))
    {
        _embedding = Embedding(config.VocabularySize, config.HiddenSize);
        _blocks = new ModuleList<EagerBlock>([.. Enumerable.Range(0, config.Layers).Select(_ => new EagerBlock(config))]);
        _norm = new EagerNorm(config.HiddenSize, config.Norm.Epsilon);
        _output = Linear(config.HiddenSize, config.VocabularySize, hasBias: false);
        double theta = ((RotaryPositions)config.Positions).Theta;
        Tensor frequency = pow(theta, arange(0, config.Attention.HeadSize, 2, ScalarType.Float32) * (-1.0 / config.Attention.HeadSize));
        Tensor angle = outer(arange(config.ContextLength, ScalarType.Float32), frequency);
        (_cos, _sin) = (angle.cos(), angle.sin());
        RegisterComponents();
        foreach ((string name, Parameter parameter) in named_parameters())
        {
            if (!name.Contains("gain", StringComparison.Ordinal))
            {
                init.normal_(parameter, 0, config.InitializerRange);
            }
        }

        if (config.TieEmbeddings)
        {
            _output.weight = _embedding.weight!;
        }
    }

    public override Tensor forward(Tensor tokens_BT)
    {
        long time = tokens_BT.shape[1];
        Tensor x_BTD = _embedding.forward(tokens_BT);
        foreach (EagerBlock block in _blocks)
        {
            x_BTD = block.forward(x_BTD, _cos.narrow(0, 0, time), _sin.narrow(0, 0, time));
        }

        return _output.forward(_norm.forward(x_BTD));
    }

    protected override void Dispose(bool disposing)
    {
        _cos.Dispose();
        _sin.Dispose();
        base.Dispose(disposing);
    }

    private sealed class EagerNorm : Module<Tensor, Tensor>
    {
        private readonly Parameter _gain;
        private readonly double _epsilon;

        public EagerNorm(long size, double epsilon)
            : base(nameof(EagerNorm))
        {
            _gain = new Parameter(ones(size));
            _epsilon = epsilon;
            RegisterComponents();
        }

        public override Tensor forward(Tensor x) => x * rsqrt(x.pow(2).mean([-1], keepdim: true) + _epsilon) * _gain;
    }

    private sealed class EagerBlock : Module<Tensor, Tensor, Tensor, Tensor>
    {
        private readonly AttentionConfig _heads;
        private readonly EagerNorm _inputNorm;
        private readonly EagerNorm _middleNorm;
        private readonly Linear _query;
        private readonly Linear _key;
        private readonly Linear _value;
        private readonly Linear _projection;
        private readonly Linear _gate;
        private readonly Linear _up;
        private readonly Linear _down;

        public EagerBlock(ModelConfig config)
            : base(nameof(EagerBlock))
        {
            _heads = config.Attention;
            long width = config.HiddenSize, queries = (long)_heads.Heads * _heads.HeadSize, keys = (long)_heads.KeyValueHeads * _heads.HeadSize;
            _inputNorm = new EagerNorm(width, config.Norm.Epsilon);
            _middleNorm = new EagerNorm(width, config.Norm.Epsilon);
            _query = Linear(width, queries, hasBias: false);
            _key = Linear(width, keys, hasBias: false);
            _value = Linear(width, keys, hasBias: false);
            _projection = Linear(queries, width, hasBias: false);
            _gate = Linear(width, config.FeedForward.IntermediateSize, hasBias: false);
            _up = Linear(width, config.FeedForward.IntermediateSize, hasBias: false);
            _down = Linear(config.FeedForward.IntermediateSize, width, hasBias: false);
            RegisterComponents();
        }

        public override Tensor forward(Tensor x_BTD, Tensor cos, Tensor sin)
        {
            (long batch, long time) = (x_BTD.shape[0], x_BTD.shape[1]);
            Tensor normed = _inputNorm.forward(x_BTD);
            Tensor q = Rotate(Split(_query.forward(normed), _heads.Heads), cos, sin);
            Tensor k = Rotate(Split(_key.forward(normed), _heads.KeyValueHeads), cos, sin);
            Tensor v = Split(_value.forward(normed), _heads.KeyValueHeads);
            int group = _heads.Heads / _heads.KeyValueHeads;
            if (group > 1)
            {
                (k, v) = (k.repeat_interleave(group, 1), v.repeat_interleave(group, 1));
            }

            Tensor mixed = functional.scaled_dot_product_attention(q, k, v, is_casual: true);
            x_BTD = x_BTD + _projection.forward(mixed.transpose(1, 2).reshape(batch, time, -1));
            normed = _middleNorm.forward(x_BTD);
            return x_BTD + _down.forward(functional.silu(_gate.forward(normed)) * _up.forward(normed));

            Tensor Split(Tensor x, int heads) => x.view(batch, time, heads, _heads.HeadSize).transpose(1, 2);
        }

        private static Tensor Rotate(Tensor x, Tensor cos, Tensor sin)
        {
            Tensor[] halves = x.chunk(2, -1);
            return cat([(halves[0] * cos) - (halves[1] * sin), (halves[1] * cos) + (halves[0] * sin)], -1);
        }
    }
}
