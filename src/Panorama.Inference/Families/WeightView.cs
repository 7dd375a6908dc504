using Panorama.Quantization.Formats;

namespace Panorama.Inference.Families;

/// <summary>A weight as it lies in a mapped file, or in memory: rows of blocks. A vector is one row.</summary>
public sealed unsafe class WeightView
{
    private readonly byte* _data;
    private readonly int _rotaryHeadSize;

    /// <summary>Describes a weight.</summary>
    /// <param name="name">Its name in the file, for messages.</param>
    /// <param name="format">How its numbers are stored.</param>
    /// <param name="rows">Outputs.</param>
    /// <param name="columns">Inputs: a multiple of the format's block length.</param>
    /// <param name="data">Rows · RowBytes bytes that outlive this view.</param>
    /// <param name="rotaryHeadSize">
    /// Above 0: the rows of every head of this size are stored so that rotary pairs are neighbours (GGUF of LLaMA). <see cref="Row"/>
    /// puts them in the order of Hugging Face, in which row i pairs with row i + size / 2.
    /// </param>
    public WeightView(string name, TensorFormat format, int rows, int columns, byte* data, int rotaryHeadSize = 0)
    {
        (Name, Format, Rows, Columns, _rotaryHeadSize) = (name, format, rows, columns, rotaryHeadSize);
        _data = data;
        RowBytes = checked((int)format.RowBytes(columns));
    }

    /// <summary>Name in the file.</summary>
    public string Name { get; }

    /// <summary>How the numbers are stored.</summary>
    public TensorFormat Format { get; }

    /// <summary>Outputs.</summary>
    public int Rows { get; }

    /// <summary>Inputs.</summary>
    public int Columns { get; }

    /// <summary>Bytes of a row.</summary>
    public int RowBytes { get; }

    /// <summary>The bytes of a row, in the engine's order of rows.</summary>
    /// <param name="row">0 to Rows − 1.</param>
    public ReadOnlySpan<byte> Row(int row)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
        return new ReadOnlySpan<byte>(_data + ((long)Stored(row) * RowBytes), RowBytes);
    }

    private int Stored(int row)
    {
        if (_rotaryHeadSize == 0)
        {
            return row;
        }

        int half = _rotaryHeadSize / 2;
        int within = row % _rotaryHeadSize;
        return row - within + (within < half ? 2 * within : (2 * (within - half)) + 1);
    }
}
