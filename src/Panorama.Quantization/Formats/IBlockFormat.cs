namespace Panorama.Quantization.Formats;

/// <summary>
/// One block of a format. The layouts are those of ggml
/// (https://github.com/ggml-org/ggml/blob/master/src/ggml-common.h), little endian.
/// </summary>
internal interface IBlockFormat
{
    /// <summary>Reads a block.</summary>
    /// <param name="block">BlockBytes bytes.</param>
    /// <param name="values">Receives BlockLength values.</param>
    static abstract void Decode(ReadOnlySpan<byte> block, Span<float> values);

    /// <summary>Writes the block that comes closest to the values by squared error, as far as the format's search goes.</summary>
    /// <param name="values">BlockLength finite values.</param>
    /// <param name="block">Receives BlockBytes bytes, all of them overwritten.</param>
    static abstract void Encode(ReadOnlySpan<float> values, Span<byte> block);
}
