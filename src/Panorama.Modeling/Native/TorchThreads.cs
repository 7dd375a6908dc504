using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Panorama.Modeling.Native;

/// <summary>
/// Runs pieces of work on the threads that libtorch's own operators use. A second pool would compete with them: after
/// each operator OpenMP's threads keep spinning for a while on the cores that the second pool wants.
/// </summary>
public static class TorchThreads
{
    private static readonly Lazy<nint> OpenMp = new(FindParallelEntry);

    /// <summary>Runs every piece once, in any order, on libtorch's threads, and returns when all are done.</summary>
    /// <param name="pieces">Number of pieces. What a piece is must not depend on the number of threads, so that results do not.</param>
    /// <param name="body">Does the piece of that index; called from several threads.</param>
    /// <exception cref="Exception">The first error of a piece.</exception>
    public static void For(int pieces, Action<int> body)
    {
        int threads = Math.Min(get_num_threads(), pieces);
        if (threads <= 1)
        {
            for (int i = 0; i < pieces; i++)
            {
                body(i);
            }
        }
        else if (OpenMp.Value == 0)
        {
            Parallel.For(0, pieces, new ParallelOptions { MaxDegreeOfParallelism = threads }, body);
        }
        else
        {
            RunOnTeam(pieces, body, threads);
        }
    }

    private static unsafe void RunOnTeam(int pieces, Action<int> body, int threads)
    {
        var job = new Job(pieces, body);
        GCHandle handle = GCHandle.Alloc(job);
        try
        {
            var parallel = (delegate* unmanaged<delegate* unmanaged<nint, void>, nint, uint, uint, void>)OpenMp.Value;
            parallel(&Work, GCHandle.ToIntPtr(handle), (uint)threads, 0);
        }
        finally
        {
            handle.Free();
        }

        job.ThrowIfFailed();
    }

    [UnmanagedCallersOnly]
    private static void Work(nint handle) => Unsafe.As<Job>(GCHandle.FromIntPtr(handle).Target!).Run();

    // GOMP_parallel(function, data, threads, flags): the entry that compiled OpenMP code calls. The library must be the
    // one that libtorch itself loaded, so it is looked up among the process's mapped files.
    private static nint FindParallelEntry()
    {
        if (!OperatingSystem.IsLinux())
        {
            return 0;
        }

        TorchRuntime.EnsureLoaded();
        string? path = File.ReadLines("/proc/self/maps")
            .Select(line => line.IndexOf('/', StringComparison.Ordinal) is >= 0 and int at ? line[at..] : "")
            .FirstOrDefault(file => Path.GetFileName(file.AsSpan()).StartsWith("libgomp", StringComparison.Ordinal));
        return path is not null && NativeLibrary.TryLoad(path, out nint library) && NativeLibrary.TryGetExport(library, "GOMP_parallel", out nint entry) ? entry : 0;
    }

    private sealed class Job(int pieces, Action<int> body)
    {
        private int _next = -1;
        private ExceptionDispatchInfo? _error;

        // An exception must not cross into native code: it would end the process.
        public void Run()
        {
            try
            {
                for (int i = Interlocked.Increment(ref _next); i < pieces; i = Interlocked.Increment(ref _next))
                {
                    body(i);
                }
            }
            catch (Exception error)
            {
                Interlocked.CompareExchange(ref _error, ExceptionDispatchInfo.Capture(error), null);
                Volatile.Write(ref _next, pieces);
            }
        }

        public void ThrowIfFailed() => _error?.Throw();
    }
}
