using System.Globalization;
using System.Text.Json;
using Panorama.Core.Errors;
using Panorama.Core.IO;

namespace Panorama.Core.Configuration;

/// <summary>The <c>config.json</c> of one family; what all families have stands here.</summary>
internal abstract class FamilyJson
{
    /// <summary>The family.</summary>
    public abstract ModelFamily Family { get; }

    /// <summary><c>model_type</c>.</summary>
    public abstract string ModelType { get; }

    /// <summary><c>architectures</c> that are read, each alone in its list; the first is written.</summary>
    protected abstract string[] Architectures { get; }

    // Fields whose presence, but for these values, would change the model.
    protected virtual IEnumerable<string> MustBeAbsent => ["quantization_config", "auto_map"];

    protected virtual IEnumerable<string> MustBeFalse => ["add_cross_attention", "is_encoder_decoder"];

    protected virtual IEnumerable<(string Name, double Value)> MustEqual => [];

    /// <summary>Reads the model.</summary>
    public HuggingFaceModel Read(JsonFields fields)
    {
        RequireSupported(fields);
        ModelConfig config = ReadConfig(fields);
        SpecialTokenIds tokens = TokenIdsJson.Read(fields);
        tokens.RequireWithin(config.VocabularySize);
        return new HuggingFaceModel { Config = config, SpecialTokens = tokens, StoredType = StoredTypeJson.Read(fields) };
    }

    /// <summary>Writes the fields of the model.</summary>
    /// <exception cref="InputException">The layout cannot express it; names the part.</exception>
    public void Write(Utf8JsonWriter json, HuggingFaceModel model)
    {
        if (Inexpressible(model.Config) is { } part)
        {
            throw new InputException($"{Architectures[0]} does not have {part}.");
        }

        json.WriteStartArray("architectures");
        json.WriteStringValue(Architectures[0]);
        json.WriteEndArray();
        json.WriteString("model_type", ModelType);
        WriteConfig(json, model.Config);
        json.WriteBoolean("tie_word_embeddings", model.Config.TieEmbeddings);
        json.WriteNumber("initializer_range", model.Config.InitializerRange);
        TokenIdsJson.Write(json, model.SpecialTokens);
        StoredTypeJson.Write(json, model.StoredType);
    }

    protected abstract ModelConfig ReadConfig(JsonFields fields);

    /// <summary>Writes what is the family's own; ties, initializer and tokens follow.</summary>
    protected abstract void WriteConfig(Utf8JsonWriter json, ModelConfig config);

    /// <summary>The part of a configuration that this family does not have; <see langword="null"/>: it has all.</summary>
    protected abstract string? Inexpressible(ModelConfig config);

    /// <summary>A number of heads, checked before it divides the width.</summary>
    protected static int Heads(JsonFields fields, string name)
    {
        int heads = fields.Required(name).Int32();
        return Require.That(heads >= 1, heads, name, "at least 1");
    }

    private void RequireSupported(JsonFields fields)
    {
        if (fields.Optional("architectures") is { } architectures && (architectures.Items() is not [{ } only] || !Architectures.Contains(only.Text(), StringComparer.Ordinal)))
        {
            throw architectures.Wrong(string.Join(" or ", Architectures.Select(static name => $"[\"{name}\"]")));
        }

        foreach (string name in MustBeAbsent)
        {
            if (fields.Optional(name) is { } unsupported)
            {
                throw unsupported.Wrong("null, as anything else is not supported");
            }
        }

        foreach (string name in MustBeFalse)
        {
            if (fields.Optional(name) is { } flag && flag.Boolean())
            {
                throw flag.Wrong("false, as anything else is not supported");
            }
        }

        foreach ((string name, double value) in MustEqual)
        {
            if (fields.Optional(name) is { } number && number.Double() != value)
            {
                throw number.Wrong(string.Create(CultureInfo.InvariantCulture, $"{value}, as anything else is not supported"));
            }
        }
    }
}
