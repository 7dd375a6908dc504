using System.Globalization;
using Panorama.Core.Errors;
using Panorama.Core.IO;
using Panorama.Quantization.Formats;

namespace Panorama.Inference.Families;

/// <summary>Rows of weights as singles or in a floating-point format. Keeps room for one row; not safe for several threads.</summary>
/// <param name="format">F32, F16 or BF16.</param>
/// <param name="path">The model, for messages.</param>
internal sealed class RowConversion(TensorFormat format, string path)
{
    private float[] _values = [];
    private byte[] _bytes = [];

    /// <summary>A row as singles; valid until the next call.</summary>
    /// <exception cref="InvalidFileException">It holds a value that is no finite number, or one beyond the format's range.</exception>
    public ReadOnlySpan<float> Singles(WeightView weight, int row)
    {
        if (_values.Length < weight.Columns)
        {
            _values = new float[weight.Columns];
        }

        Span<float> values = _values.AsSpan(0, weight.Columns);
        BlockCodec.Dequantize(weight.Format, weight.Row(row), values);
        float largest = 0;
        foreach (float value in values)
        {
            largest = float.Max(largest, MathF.Abs(value)); // NaN stays
        }

        Check(weight, largest);
        return values;
    }

    /// <summary>A row in the format; valid until the next call.</summary>
    /// <exception cref="InvalidFileException">It holds a value that is no finite number, or one beyond the format's range.</exception>
    public ReadOnlySpan<byte> Bytes(WeightView weight, int row)
    {
        if (weight.Format == format)
        {
            return weight.Row(row);
        }

        return Bytes(Singles(weight, row));
    }

    /// <summary>Checked values in the format; valid until the next call.</summary>
    public ReadOnlySpan<byte> Bytes(ReadOnlySpan<float> values)
    {
        int count = checked((int)format.RowBytes(values.Length));
        if (_bytes.Length < count)
        {
            _bytes = new byte[count];
        }

        BlockCodec.Quantize(format, values, _bytes.AsSpan(0, count));
        return _bytes.AsSpan(0, count);
    }

    private void Check(WeightView weight, float largest)
    {
        if (!float.IsFinite(largest))
        {
            throw new InvalidFileException(path, $"tensor {Shown.Quote(weight.Name)} holds a value that is not a finite number: the model is damaged.");
        }

        bool fits = format switch
        {
            TensorFormat.F16 => Half.IsFinite((Half)largest),
            TensorFormat.BF16 => largest < 3.39e38f,
            _ => true,
        };
        if (!fits)
        {
            throw new InvalidFileException(path, string.Create(CultureInfo.InvariantCulture, $"tensor {Shown.Quote(weight.Name)} holds {largest:g6}, beyond the range of {format}. Choose {(format == TensorFormat.F16 ? "bf16 or f32" : "f32")}."));
        }
    }
}
