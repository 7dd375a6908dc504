using Panorama.Inference.Kernels;
using Panorama.Inference.Threading;

namespace Panorama.Inference.Model;

/// <summary>Products of up to three matrices with the same rows, as one job for the threads.</summary>
internal sealed unsafe class ProductJob
{
    private const int MaxMatrices = 3;

    private readonly WorkerPool _pool;
    private readonly Action<int, int> _work;
    private readonly PackedMatrix?[] _matrices = new PackedMatrix?[MaxMatrices];
    private readonly float*[] _outputs = new float*[MaxMatrices];
    private readonly int[] _strides = new int[MaxMatrices];
    private ProductRows _x;
    private int _rows;
    private int _count;

    /// <summary>Makes a job.</summary>
    /// <param name="pool">The threads.</param>
    public ProductJob(WorkerPool pool)
    {
        _pool = pool;
        _work = Work;
    }

    /// <summary>Begins a job.</summary>
    /// <param name="x">The rows.</param>
    /// <param name="rows">Their number.</param>
    public void Begin(in ProductRows x, int rows) => (_x, _rows, _count) = (x, rows, 0);

    /// <summary>Adds a product.</summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="y">[rows, stride].</param>
    /// <param name="stride">Singles from row to row; room for all tiles.</param>
    public void Add(PackedMatrix matrix, float* y, int stride)
    {
        (_matrices[_count], _strides[_count]) = (matrix, stride);
        _outputs[_count++] = y;
    }

    /// <summary>Computes the products.</summary>
    public void Run()
    {
        int tiles = 0;
        for (int i = 0; i < _count; i++)
        {
            tiles += _matrices[i]!.Tiles;
        }

        // Small pieces even out threads of unequal speed; a claim costs less than a tenth of a microsecond.
        _pool.Run(_work, tiles, Math.Clamp(tiles / (16 * _pool.Threads), 1, 8));
    }

    private void Work(int from, int to)
    {
        int start = 0;
        for (int i = 0; i < _count; i++)
        {
            PackedMatrix matrix = _matrices[i]!;
            int end = start + matrix.Tiles;
            if (from < end && to > start)
            {
                matrix.Multiply(Math.Max(from - start, 0), Math.Min(to - start, matrix.Tiles), _x, _rows, _outputs[i], _strides[i]);
            }

            start = end;
        }
    }
}
