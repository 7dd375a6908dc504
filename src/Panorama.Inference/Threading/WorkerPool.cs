using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Panorama.Inference.Threading;

/// <summary>
/// The engine's threads. Between the products of a step they spin, so that a product starts within a microsecond; after
/// a while without work they park. Running work takes no lock and allocates nothing.
/// </summary>
/// <remarks>
/// Items are claimed by compare-and-swap on a word that holds the job's number, so a thread that wakes late finds no
/// item, or those of the next job, but never mixes two. The caller waits for claimed items only, not for threads that
/// the system has not scheduled.
/// </remarks>
public sealed class WorkerPool : IDisposable
{
    private const int SpinsBeforeParking = 20_000; // about a millisecond: longer than the row operations between two products
    private const int Closed = int.MaxValue;

    private readonly Worker[] _workers;
    private Action<int, int>? _work;
    private int _items;
    private int _grain;
    private Counters _counters;
    private volatile bool _ended;

    /// <summary>Starts the threads.</summary>
    /// <param name="threads">Threads that work, the caller's included; at least 1.</param>
    public WorkerPool(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        _counters.Claim = Closed;
        _workers = new Worker[threads - 1];
        for (int i = 0; i < _workers.Length; i++)
        {
            _workers[i] = new Worker(this);
        }
    }

    /// <summary>Threads that work, the caller's included.</summary>
    public int Threads => _workers.Length + 1;

    /// <summary>Runs items [0, <paramref name="items"/>) on all threads and returns when all are done. One caller at a time.</summary>
    /// <param name="work">Does the items [from, to). Must not throw. Keep the delegate: making one allocates.</param>
    /// <param name="items">Number of items.</param>
    /// <param name="grain">Items claimed at once, at least 1.</param>
    public void Run(Action<int, int> work, int items, int grain)
    {
        Debug.Assert(grain >= 1, "an item at least");
        if (items <= grain || _workers.Length == 0)
        {
            if (items > 0)
            {
                work(0, items);
            }

            return;
        }

        uint job = (uint)(_counters.Claim >> 32) + 1;
        Volatile.Write(ref _counters.Done, 0);
        (_work, _items, _grain) = (work, items, grain); // the claim word is closed: nobody acts on these yet
        Interlocked.Exchange(ref _counters.Claim, (long)job << 32);
        foreach (Worker worker in _workers)
        {
            worker.Wake();
        }

        Help();
        while (Volatile.Read(ref _counters.Done) != items)
        {
            Thread.SpinWait(1);
        }

        Interlocked.Exchange(ref _counters.Claim, ((long)job << 32) | Closed);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ended = true;
        foreach (Worker worker in _workers)
        {
            worker.Dispose();
        }
    }

    /// <summary>Whether all threads but the caller's sleep.</summary>
    internal bool AllParked => _workers.All(static worker => worker.IsParked);

    private bool HasWork
    {
        get
        {
            long claim = Volatile.Read(ref _counters.Claim);
            return (int)claim != Closed && (int)claim < Volatile.Read(ref _items);
        }
    }

    private void Help()
    {
        while (true)
        {
            long claim = Volatile.Read(ref _counters.Claim);
            int from = (int)claim;
            int items = Volatile.Read(ref _items);
            int grain = Volatile.Read(ref _grain);
            Action<int, int>? work = Volatile.Read(ref _work);
            if (from >= items || from == Closed)
            {
                return;
            }

            int to = (int)Math.Min((long)from + grain, items);
            if (Interlocked.CompareExchange(ref _counters.Claim, (claim & ~0xFFFFFFFFL) | (uint)to, claim) == claim)
            {
                work!(from, to);
                Interlocked.Add(ref _counters.Done, to - from);
            }
        }
    }

    // Written by all threads: each on a cache line of its own.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Counters
    {
        [FieldOffset(64)]
        public long Claim;

        [FieldOffset(128)]
        public int Done;
    }

    private sealed class Worker : IDisposable
    {
        private const int Awake = 0, Parked = 1;

        private readonly WorkerPool _pool;
        private readonly SemaphoreSlim _signal = new(0);
        private readonly Thread _thread;
        private int _state = Awake;

        public Worker(WorkerPool pool)
        {
            _pool = pool;
            _thread = new Thread(Loop) { IsBackground = true, Name = "panorama worker" };
            _thread.Start();
        }

        public bool IsParked => Volatile.Read(ref _state) == Parked;

        public void Wake()
        {
            if (Volatile.Read(ref _state) == Parked && Interlocked.CompareExchange(ref _state, Awake, Parked) == Parked)
            {
                _signal.Release();
            }
        }

        // Ends the thread: the pool has said so by then.
        public void Dispose()
        {
            Wake();
            _thread.Join();
            _signal.Dispose();
        }

        private void Loop()
        {
            while (!_pool._ended)
            {
                for (int spins = 0; spins < SpinsBeforeParking && !_pool._ended; spins++)
                {
                    if (_pool.HasWork)
                    {
                        _pool.Help();
                        spins = 0;
                    }

                    Thread.SpinWait(1);
                }

                Park();
            }
        }

        private void Park()
        {
            Interlocked.Exchange(ref _state, Parked);

            // Work that came before the state was seen woke nobody.
            bool stay = !_pool.HasWork && !_pool._ended;
            if (stay || Interlocked.CompareExchange(ref _state, Awake, Parked) != Parked)
            {
                _signal.Wait();
            }
        }
    }
}
