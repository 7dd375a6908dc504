using System.Globalization;
using System.Text.Json;
using Panorama.Core.IO;

namespace Panorama.Core.Configuration;

/// <summary>
/// Rotary positions in <c>config.json</c>: older files have <c>rope_theta</c> and perhaps <c>rope_scaling</c>, newer ones
/// (transformers 5) <c>rope_parameters</c> with both (https://huggingface.co/docs/transformers/internal/rope_utils).
/// </summary>
internal static class RotaryJson
{
    private const string Types = "'default', 'linear', 'dynamic', 'llama3', 'yarn'";

    public static RotaryPositions Read(JsonFields fields, int contextLength)
    {
        JsonField? theta = fields.Optional("rope_theta");
        RotaryScaling? scaling = null;
        foreach (string name in (ReadOnlySpan<string>)["rope_scaling", "rope_parameters"])
        {
            if (fields.Optional(name) is not { } field)
            {
                continue;
            }

            var options = new Options(field.Object(), contextLength);
            JsonField? own = options.Take("rope_theta");
            if (own is { } second && theta is { } first && first.Double() != second.Double())
            {
                throw second.Wrong($"the value of {first.Name}, {first.Double().ToString(CultureInfo.InvariantCulture)}");
            }

            theta ??= own;
            RotaryScaling? read = options.Scaling();
            scaling = scaling is null || scaling == read ? read : throw field.Wrong("the same as rope_scaling");
        }

        return new RotaryPositions(theta?.Double() ?? 10_000, scaling);
    }

    public static void Write(Utf8JsonWriter json, RotaryPositions positions)
    {
        json.WriteNumber("rope_theta", positions.Theta);
        if (positions.Scaling is null)
        {
            json.WriteNull("rope_scaling");
            return;
        }

        json.WriteStartObject("rope_scaling");
        switch (positions.Scaling)
        {
            case LinearScaling linear:
                WriteType(json, "linear", linear.Factor);
                break;
            case DynamicScaling dynamic:
                WriteType(json, "dynamic", dynamic.Factor);
                break;
            case Llama3Scaling llama:
                WriteType(json, "llama3", llama.Factor);
                json.WriteNumber("low_freq_factor", llama.LowFrequencyFactor);
                json.WriteNumber("high_freq_factor", llama.HighFrequencyFactor);
                json.WriteNumber("original_max_position_embeddings", llama.OriginalContextLength);
                break;
            case YarnScaling yarn:
                WriteType(json, "yarn", yarn.Factor);
                json.WriteNumber("original_max_position_embeddings", yarn.OriginalContextLength);
                json.WriteNumber("beta_fast", yarn.BetaFast);
                json.WriteNumber("beta_slow", yarn.BetaSlow);
                if (yarn.AttentionFactor is { } factor)
                {
                    json.WriteNumber("attention_factor", factor);
                }

                break;
        }

        json.WriteEndObject();
    }

    private static void WriteType(Utf8JsonWriter json, string type, double factor)
    {
        json.WriteString("rope_type", type);
        json.WriteNumber("factor", factor);
    }

    /// <summary>The options of one object; what no kind of scaling takes is refused.</summary>
    private readonly struct Options(JsonFields fields, int contextLength)
    {
        private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

        public JsonField? Take(string name)
        {
            _taken.Add(name);
            return fields.Optional(name);
        }

        public RotaryScaling? Scaling()
        {
            JsonField? type = Take("rope_type");
            JsonField? older = Take("type");
            if (type is { } newName && older is { } oldName && newName.Text() != oldName.Text())
            {
                throw newName.Wrong($"the value of {oldName.Name}, {Shown.Quote(oldName.Text())}");
            }

            if (Take("partial_rotary_factor") is { } part && part.Double() != 1)
            {
                throw part.Wrong("1, as anything else is not supported");
            }

            type ??= older;
            string kind = type?.Text() ?? "default";
            RotaryScaling? scaling = kind switch
            {
                "default" => null,
                "linear" => new LinearScaling(Number("factor")),
                "dynamic" => Dynamic(),
                "llama3" => new Llama3Scaling(Number("factor"), Number("low_freq_factor"), Number("high_freq_factor"), Original(required: true)),
                "yarn" => Yarn(),
                _ => throw type!.Value.Wrong(Types),
            };
            foreach ((string name, JsonField field) in fields.All())
            {
                if (!_taken.Contains(name))
                {
                    throw field.Wrong($"nothing, as '{kind}' rotary positions have no such option here");
                }
            }

            return scaling;
        }

        private DynamicScaling Dynamic()
        {
            // A shorter original context would make the scaling begin within the model's own.
            if (Take("original_max_position_embeddings") is { } original && original.Int32() != contextLength)
            {
                throw original.Wrong($"max_position_embeddings ({contextLength})");
            }

            return new DynamicScaling(Number("factor"));
        }

        private YarnScaling Yarn()
        {
            double factor = Number("factor");
            double? attention = Take("attention_factor")?.Double();
            double? scale = Take("mscale")?.Double();
            double? scaleOfAll = Take("mscale_all_dim")?.Double();
            if (attention is null && scale is not null and not 0 && scaleOfAll is not null and not 0)
            {
                attention = ((0.1 * scale * Math.Log(factor)) + 1) / ((0.1 * scaleOfAll * Math.Log(factor)) + 1);
            }

            if (Take("truncate") is { } truncate && !truncate.Boolean())
            {
                throw truncate.Wrong("true, as anything else is not supported");
            }

            return new YarnScaling(factor, Original(required: false), Take("beta_fast")?.Double() ?? 32, Take("beta_slow")?.Double() ?? 1, attention);
        }

        private double Number(string name)
        {
            _taken.Add(name);
            return fields.Required(name).Double();
        }

        private int Original(bool required)
        {
            const string Name = "original_max_position_embeddings";
            JsonField? field = Take(Name);
            return required ? fields.Required(Name).Int32() : field?.Int32() ?? contextLength;
        }
    }
}
