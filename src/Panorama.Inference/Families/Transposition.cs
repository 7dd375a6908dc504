namespace Panorama.Inference.Families;

/// <summary>Turns matrices stored as [inputs, outputs] into rows of outputs.</summary>
internal static unsafe class Transposition
{
    private const int Tile = 32; // a tile of singles fits the first-level cache twice

    /// <summary>Transposes a part of a matrix.</summary>
    /// <typeparam name="T">An element.</typeparam>
    /// <param name="source">First element of the first column taken: [columns] rows of <paramref name="stride"/> elements.</param>
    /// <param name="stride">Elements from one row of the source to the next.</param>
    /// <param name="destination">[rows, columns].</param>
    /// <param name="rows">Outputs taken.</param>
    /// <param name="columns">Inputs.</param>
    public static void Copy<T>(T* source, long stride, T* destination, int rows, int columns)
        where T : unmanaged
    {
        for (int row = 0; row < rows; row += Tile)
        {
            int lastRow = Math.Min(row + Tile, rows);
            for (int column = 0; column < columns; column += Tile)
            {
                int lastColumn = Math.Min(column + Tile, columns);
                for (int r = row; r < lastRow; r++)
                {
                    T* target = destination + ((long)r * columns);
                    for (int c = column; c < lastColumn; c++)
                    {
                        target[c] = source[(c * stride) + r];
                    }
                }
            }
        }
    }
}
