using System.Globalization;
using Panorama.Core.IO;

namespace Panorama.Core.Safetensors;

/// <summary>Checks that tensors cover the data area exactly.</summary>
internal static class SafetensorsLayout
{
    /// <summary>Orders the tensors by their place and checks that they neither overlap nor leave bytes unused.</summary>
    /// <param name="tensors">The tensors, each with a range of its own size.</param>
    /// <param name="dataBytes">Bytes of the file behind its header.</param>
    /// <param name="path">The file, for messages.</param>
    /// <returns>The tensors by offset, empty ones before the one that begins there.</returns>
    /// <exception cref="SafetensorsException">A rule is broken.</exception>
    public static TensorInfo[] Order(IReadOnlyCollection<TensorInfo> tensors, long dataBytes, string path)
    {
        TensorInfo[] ordered = [.. tensors];
        Array.Sort(ordered, static (a, b) => (a.Offset, a.ByteCount).CompareTo((b.Offset, b.ByteCount)) is var c and not 0 ? c : string.CompareOrdinal(a.Name, b.Name));
        long end = 0;
        string previous = "the start of the data";
        foreach (TensorInfo tensor in ordered)
        {
            string name = $"tensor {Shown.Quote(tensor.Name)}";

            // Offset + ByteCount was read as one number, so it cannot overflow.
            if (tensor.Offset + tensor.ByteCount > dataBytes)
            {
                throw Breach(SafetensorsRule.BeyondData, $"{name} ends at byte {tensor.Offset + tensor.ByteCount} of the data, which has {dataBytes}. The file may be truncated: copy or download it again.");
            }

            if (tensor.Offset < end)
            {
                throw Breach(SafetensorsRule.Overlap, $"{name} begins at byte {tensor.Offset}, inside {previous}, which ends at {end}.");
            }

            if (tensor.Offset > end)
            {
                throw Breach(SafetensorsRule.Hole, $"{name} begins at byte {tensor.Offset}; {tensor.Offset - end} bytes behind {previous} are unused.");
            }

            end += tensor.ByteCount;
            previous = name;
        }

        return end == dataBytes ? ordered : throw Breach(SafetensorsRule.TrailingData, $"the tensors end at byte {end} of the data, which has {dataBytes}.");

        SafetensorsException Breach(SafetensorsRule rule, FormattableString detail) => new(path, rule, detail.ToString(CultureInfo.InvariantCulture));
    }
}
