using System.Globalization;
using Panorama.Core.Errors;
using Panorama.Quantization.Formats;
using Panorama.Quantization.Gguf;

namespace Panorama.Quantization.Quantizing;

/// <summary>Converts the values of tensors from one format to another, in chunks on several threads, and measures what is lost.</summary>
/// <param name="threads">Threads; the result does not depend on them.</param>
/// <param name="cancellation">Stops the work between two parts.</param>
internal sealed class TensorConversion(int threads, CancellationToken cancellation)
{
    // A multiple of every block length; two such buffers of floats stay in a processor's own cache.
    private const int ChunkValues = 1 << 15;
    private const int ChunksPerThread = 8;

    private readonly Chunk[] _chunks = [.. Enumerable.Range(0, threads * ChunksPerThread).Select(static _ => new Chunk())];
    private readonly ParallelOptions _parallel = new() { MaxDegreeOfParallelism = threads };

    /// <summary>Converts a tensor.</summary>
    /// <param name="file">The file it is in.</param>
    /// <param name="tensor">The tensor.</param>
    /// <param name="format">The format to write.</param>
    /// <param name="sink">Receives the blocks.</param>
    /// <exception cref="InvalidFileException">A value is not finite, or too large for the format.</exception>
    public QuantizedTensor Run(GgufFile file, GgufTensor tensor, TensorFormat format, GgufSink sink)
    {
        (double error, double norm) = (0, 0);
        for (long start = 0; start < tensor.ElementCount; start += (long)_chunks.Length * ChunkValues)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = (int)Math.Min(_chunks.Length, (tensor.ElementCount - start + ChunkValues - 1) / ChunkValues);
            long first = start;
            Parallel.For(0, count, _parallel, i =>
            {
                long at = first + ((long)i * ChunkValues);
                _chunks[i].Convert(file, tensor, format, at, (int)Math.Min(ChunkValues, tensor.ElementCount - at));
            });

            // In the order of the values, whichever thread had them.
            for (int i = 0; i < count; i++)
            {
                _chunks[i].RequireFinite(file, tensor, format);
                error += _chunks[i].SquaredError;
                norm += _chunks[i].SquaredNorm;
                sink(_chunks[i].Blocks);
            }
        }

        return new QuantizedTensor { Name = tensor.Name, Shape = tensor.Shape, From = tensor.Format, To = format, Bytes = format.RowBytes(tensor.ElementCount), SquaredError = error, SquaredNorm = norm };
    }

    private sealed class Chunk
    {
        private readonly float[] _values = new float[ChunkValues], _back = new float[ChunkValues];
        private readonly byte[] _blocks = new byte[ChunkValues * sizeof(float)];
        private int _bytes;

        public double SquaredError { get; private set; }

        public double SquaredNorm { get; private set; }

        public ReadOnlySpan<byte> Blocks => _blocks.AsSpan(0, _bytes);

        public void Convert(GgufFile file, GgufTensor tensor, TensorFormat format, long at, int count)
        {
            Span<float> values = _values.AsSpan(0, count), back = _back.AsSpan(0, count);
            ReadOnlySpan<byte> source = file.Bytes(tensor, tensor.Format.RowBytes(at), (int)tensor.Format.RowBytes(count));
            BlockCodec.Dequantize(tensor.Format, source, values);
            _bytes = (int)format.RowBytes(count);
            if (format == tensor.Format)
            {
                source.CopyTo(_blocks);
            }
            else
            {
                BlockCodec.Quantize(format, values, _blocks.AsSpan(0, _bytes));
            }

            BlockCodec.Dequantize(format, Blocks, back);
            (double error, double norm) = (0, 0);
            for (int i = 0; i < count; i++)
            {
                double off = (double)values[i] - back[i];
                error += off * off;
                norm += (double)values[i] * values[i];
            }

            (SquaredError, SquaredNorm) = (error, norm);
        }

        public void RequireFinite(GgufFile file, GgufTensor tensor, TensorFormat format)
        {
            if (!double.IsFinite(SquaredNorm))
            {
                throw new InvalidFileException(file.Path, $"tensor {tensor} holds a value that is not a finite number: the model is damaged.");
            }

            if (!double.IsFinite(SquaredError))
            {
                throw new InvalidFileException(file.Path, string.Create(CultureInfo.InvariantCulture, $"tensor {tensor} holds values beyond the range of {format}. Choose bf16 or f32."));
            }
        }
    }
}
