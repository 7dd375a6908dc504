using System.Text.Json;
using Panorama.Core.IO;

namespace Panorama.Core.Configuration;

/// <summary>
/// The sliding window of Qwen2 and Qwen3: off unless <c>use_sliding_window</c>, and then only from layer
/// <c>max_window_layers</c> on. Published files name a window and leave it off.
/// </summary>
internal static class QwenWindow
{
    public static int? Read(JsonFields fields, int layers)
    {
        if (fields.Optional("use_sliding_window")?.Boolean() is not true || fields.Optional("sliding_window") is not { } window)
        {
            return null;
        }

        JsonField full = fields.Required("max_window_layers");
        int first = full.Int32();
        return first >= layers ? null
            : first == 0 ? window.Int32()
            : throw full.Wrong($"0 or num_hidden_layers ({layers}), as windows on a part of the layers are not supported");
    }

    public static void Write(Utf8JsonWriter json, ModelConfig config)
    {
        int? window = (config.Attention.Pattern as WindowAttention)?.Window;
        json.WriteBoolean("use_sliding_window", window is not null);
        if (window is { } keys)
        {
            json.WriteNumber("sliding_window", keys);
            json.WriteNumber("max_window_layers", 0);
        }
        else
        {
            json.WriteNull("sliding_window");
        }
    }
}
