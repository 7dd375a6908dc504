using Panorama.Inference.Threading;

namespace Panorama.Inference.Kernels;

/// <summary>
/// A matrix [outputs, inputs] repacked for products with rows of activations: tiles of as many outputs as a register has
/// lanes, each tile's inputs one behind the other.
/// </summary>
internal abstract unsafe class PackedMatrix(int rows, int columns, int lanes, long tileBytes) : IDisposable
{
    private readonly NativeBuffer _data = new(((rows + lanes - 1) / lanes * tileBytes) + Slack, dense: true);

    // Kernels ask for cache lines a little ahead of what they read.
    private const int Slack = 4096;

    /// <summary>Outputs.</summary>
    public int Rows { get; } = rows;

    /// <summary>Inputs.</summary>
    public int Columns { get; } = columns;

    /// <summary>Tiles of outputs, the last one filled up with zeros.</summary>
    public int Tiles { get; } = (rows + lanes - 1) / lanes;

    /// <summary>Outputs of a tile.</summary>
    public int TileRows { get; } = lanes;

    /// <summary>Bytes of weights that a product reads.</summary>
    public long Bytes => Tiles * TileBytes;

    /// <summary>Whether activations are quantized for this matrix.</summary>
    public abstract bool TakesQuantizedRows { get; }

    /// <summary>Bytes of a tile, a multiple of 64.</summary>
    protected long TileBytes { get; } = tileBytes;

    /// <summary>
    /// y[r, o] = Σ w[o, i] · x[r, i] for the outputs of some tiles. A row's results depend on that row alone, bit for bit.
    /// </summary>
    /// <param name="firstTile">First tile.</param>
    /// <param name="endTile">Behind the last tile.</param>
    /// <param name="x">The activations, in both forms; only the one that this matrix takes is read.</param>
    /// <param name="rows">Rows of activations.</param>
    /// <param name="y">[rows, stride]; a row has space for all tiles.</param>
    /// <param name="stride">Singles from row to row of y.</param>
    public abstract void Multiply(int firstTile, int endTile, in ProductRows x, int rows, float* y, int stride);

    /// <inheritdoc/>
    public virtual void Dispose() => _data.Dispose();

    /// <summary>The first byte of a tile.</summary>
    protected byte* Tile(int tile) => _data.Pointer + (tile * TileBytes);

    /// <summary>Fills the tiles, on all threads.</summary>
    /// <param name="pool">The threads.</param>
    protected void PackTiles(WorkerPool pool) => pool.Run(
        (from, to) =>
        {
            for (int tile = from; tile < to; tile++)
            {
                PackTile(tile);
            }
        },
        Tiles,
        4);

    /// <summary>Fills one tile.</summary>
    /// <param name="tile">Its index.</param>
    protected abstract void PackTile(int tile);
}

/// <summary>Rows of activations as a product reads them.</summary>
internal readonly unsafe struct ProductRows
{
    /// <summary>The rows in int8; null when no matrix needs them.</summary>
    public QuantizedRows? Quantized { get; init; }

    /// <summary>The rows in singles: [rows, Stride].</summary>
    public float* Singles { get; init; }

    /// <summary>Singles from row to row.</summary>
    public int Stride { get; init; }
}
