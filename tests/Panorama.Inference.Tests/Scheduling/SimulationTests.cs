namespace Panorama.Inference.Tests.Scheduling;

public sealed class SimulationTests
{
    [Fact]
    public void Every_request_gets_what_it_gets_alone_and_no_block_is_lost()
    {
        long preemptions = 0, hits = 0, copies = 0, evictions = 0, cancelled = 0, drafted = 0, accepted = 0;
        for (int seed = 0; seed < 4000; seed++)
        {
            using var simulation = new Simulation(seed);
            try
            {
                simulation.Run();
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"seed {seed}: {error.Message}", error);
            }

            preemptions += simulation.Scheduler.Preemptions;
            hits += simulation.Pool.Statistics.HitTokens;
            copies += simulation.Pool.Statistics.Copies;
            evictions += simulation.Pool.Statistics.Evictions;
            cancelled += simulation.Cancelled;
            drafted += simulation.Loop.DraftedTokens;
            accepted += simulation.Loop.AcceptedTokens;
        }

        // Each of the hard cases has come up often.
        Assert.All([preemptions, hits, copies, evictions, cancelled, accepted, drafted - accepted], count => Assert.InRange(count, 1000, long.MaxValue));
    }
}
