namespace Panorama.Inference.Families.Gguf;

/// <summary>The order in which GGUF stores the rows of LLaMA's queries and keys: rotary pairs as neighbours.</summary>
internal static class RotaryOrder
{
    /// <summary>The row, in the order of halves, that is stored at a place.</summary>
    /// <param name="stored">The place.</param>
    /// <param name="headSize">Rows of a head; 0: nothing is reordered.</param>
    public static int Source(int stored, int headSize)
    {
        if (headSize == 0)
        {
            return stored;
        }

        int within = stored % headSize;
        return stored - within + (within / 2) + (within % 2 * (headSize / 2));
    }
}
