using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Panorama.Core.Runs;

/// <summary>The metrics of one step.</summary>
/// <param name="Step">The step, at least 0.</param>
/// <param name="Values">Values by name, in file order of their first appearance; a value that was not finite is NaN.</param>
public sealed record MetricsPoint(long Step, IReadOnlyDictionary<string, double> Values)
{
    internal const string StepName = "step";

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 4, AllowDuplicateProperties = false };

    /// <summary>Parses a line of <c>metrics.jsonl</c>.</summary>
    internal static bool TryParse(ReadOnlyMemory<byte> line, [NotNullWhen(true)] out MetricsPoint? point)
    {
        point = null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(line, Strict);
            long? step = null;
            var values = new Dictionary<string, double>(StringComparer.Ordinal);
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (property.NameEquals(StepName))
                {
                    step = property.Value.GetInt64();
                }
                else
                {
                    values.Add(property.Name, property.Value.ValueKind == JsonValueKind.Null ? double.NaN : property.Value.GetDouble());
                }
            }

            point = step is >= 0 ? new MetricsPoint(step.Value, values) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            // Not JSON, not an object, or not a number: the caller says where.
        }

        return point is not null;
    }
}
