using System.Runtime.CompilerServices;

namespace Panorama.Tokenization.Models;

/// <summary>Gathers tokens on the stack and appends them to a list in batches: a list call a word would cost as much as the word.</summary>
/// <param name="output">Where the tokens go.</param>
/// <param name="buffer">Scratch space.</param>
internal ref struct TokenSink(List<int> output, Span<int> buffer)
{
    private readonly Span<int> _buffer = buffer;
    private int _count;

    /// <summary>Appends tokens.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(scoped ReadOnlySpan<int> tokens)
    {
        if (tokens.Length > _buffer.Length - _count)
        {
            Flush();
            if (tokens.Length > _buffer.Length)
            {
                output.AddRange(tokens);
                return;
            }
        }

        // Words have one or two tokens: a loop beats a block copy.
        for (int i = 0; i < tokens.Length; i++) _buffer[_count + i] = tokens[i];
        _count += tokens.Length;
    }

    /// <summary>Hands what is gathered to the list; call it last.</summary>
    public void Flush()
    {
        output.AddRange(_buffer[.._count]);
        _count = 0;
    }
}
