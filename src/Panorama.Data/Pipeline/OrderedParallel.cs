using System.Runtime.CompilerServices;

namespace Panorama.Data.Pipeline;

/// <summary>Work on several inputs at once whose results come out in the order of the inputs.</summary>
internal static class OrderedParallel
{
    /// <summary>Maps each input on the thread pool; at most <paramref name="ahead"/> results wait to be taken.</summary>
    /// <param name="inputs">Read lazily, on the caller's thread.</param>
    /// <param name="work">Called by several threads at once.</param>
    /// <param name="ahead">How many inputs may be under way or done and not yet taken; the bound on memory.</param>
    /// <param name="cancellation">Stops between two results.</param>
    public static async IAsyncEnumerable<TOut> SelectAsync<TIn, TOut>(
        IEnumerable<TIn> inputs, Func<TIn, TOut> work, int ahead, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        Queue<Task<TOut>> pending = new();
        foreach (TIn input in inputs)
        {
            cancellation.ThrowIfCancellationRequested();
            pending.Enqueue(Task.Run(() => work(input), cancellation));
            if (pending.Count >= ahead)
                yield return await pending.Dequeue();
        }

        while (pending.TryDequeue(out Task<TOut>? next))
        {
            cancellation.ThrowIfCancellationRequested();
            yield return await next;
        }
    }
}
