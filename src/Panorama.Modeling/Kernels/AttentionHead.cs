namespace Panorama.Modeling.Kernels;

/// <summary>
/// One head's queries, keys, values and gradients in memory of their own, padded to whole tiles, and the tiles under work.
/// A thread keeps one and reuses it; it grows with the length. P padded length, E head size.
/// </summary>
internal sealed unsafe class AttentionHead
{
    // A cache line, in elements.
    private const int Line = 16;

    [ThreadStatic]
    private static AttentionHead? _own;

    private float[] _memory = [];
    private float* _next;

    /// <summary>Positions, T.</summary>
    public int Length { get; private set; }

    /// <summary>P.</summary>
    public int Padded { get; private set; }

    /// <summary>E.</summary>
    public int Size { get; private set; }

    /// <summary>[P, E].</summary>
    public float* Queries { get; private set; }

    /// <summary>[P, E].</summary>
    public float* Keys { get; private set; }

    /// <summary>Tile by tile, transposed: [P / 64, E, 64].</summary>
    public float* KeysTransposed { get; private set; }

    /// <summary>[P, E].</summary>
    public float* Values { get; private set; }

    /// <summary>Tile by tile, transposed: [P / 64, E, 64].</summary>
    public float* ValuesTransposed { get; private set; }

    /// <summary>[P, E].</summary>
    public float* Output { get; private set; }

    /// <summary>[P, E].</summary>
    public float* OutputGradients { get; private set; }

    /// <summary>[P, E].</summary>
    public float* QueryGradients { get; private set; }

    /// <summary>[P, E].</summary>
    public float* KeyGradients { get; private set; }

    /// <summary>[P, E].</summary>
    public float* ValueGradients { get; private set; }

    /// <summary>[P].</summary>
    public float* LogSums { get; private set; }

    /// <summary>[64, 64].</summary>
    public float* Scores { get; private set; }

    /// <summary>[64, 64].</summary>
    public float* ScoreGradients { get; private set; }

    /// <summary>This thread's head, made large enough. What it holds is undefined.</summary>
    /// <param name="length">T.</param>
    /// <param name="size">E, a multiple of 16.</param>
    public static AttentionHead OfThread(int length, int size)
    {
        AttentionHead head = _own ??= new AttentionHead();
        head.Reserve(length, size);
        return head;
    }

    /// <summary>Writes tiles of rows transposed.</summary>
    /// <param name="rows">[P, E].</param>
    /// <param name="transposed">[P / 64, E, 64].</param>
    public void Transpose(float* rows, float* transposed)
    {
        const int Block = FlashAttentionKernel.Block;
        for (int block = 0; block < Padded; block += Block)
        {
            float* from = rows + ((long)block * Size), to = transposed + ((long)block * Size);
            for (int e = 0; e < Size; e++)
            {
                for (int i = 0; i < Block; i++)
                {
                    to[(e * Block) + i] = from[((long)i * Size) + e];
                }
            }
        }
    }

    /// <summary>Sets the rows behind the last position to zero.</summary>
    /// <param name="rows">[P, E].</param>
    public void ClearPadding(float* rows) => new Span<float>(rows + ((long)Length * Size), (Padded - Length) * Size).Clear();

    private void Reserve(int length, int size)
    {
        const int Block = FlashAttentionKernel.Block;
        (Length, Size) = (length, size);
        Padded = (length + Block - 1) / Block * Block;
        long rows = (long)Padded * size;
        long needed = (10 * rows) + Padded + (2 * Block * Block);
        if (needed + Line > _memory.Length)
        {
            _memory = [];
            _memory = GC.AllocateUninitializedArray<float>(checked((int)(needed + Line)), pinned: true);
        }

        // Pinned: the address is the array's for life.
        fixed (float* start = _memory)
        {
            nuint line = Line * sizeof(float);
            _next = (float*)(((nuint)start + line - 1) / line * line);
        }

        Scores = Take(Block * Block);
        ScoreGradients = Take(Block * Block);
        LogSums = Take(Padded);
        Queries = Take(rows);
        Keys = Take(rows);
        KeysTransposed = Take(rows);
        Values = Take(rows);
        ValuesTransposed = Take(rows);
        Output = Take(rows);
        OutputGradients = Take(rows);
        QueryGradients = Take(rows);
        KeyGradients = Take(rows);
        ValueGradients = Take(rows);
    }

    private float* Take(long count)
    {
        float* start = _next;
        _next += count;
        return start;
    }
}
