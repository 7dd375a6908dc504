using Panorama.Inference.KvCache;
using Panorama.Inference.Scheduling;

namespace Panorama.Inference.Tests.Scheduling;

public sealed class SchedulerTests
{
    [Fact]
    public void A_prompt_is_computed_in_chunks_that_end_with_blocks()
    {
        var world = new World(rows: 20);
        Sequence sequence = world.Add(50);
        List<int> rows = [];
        while (sequence.Count == 50)
        {
            world.Step();
            rows.Add(world.RowsOf(sequence));
        }

        Assert.Equal([16, 16, 18], rows);
    }

    [Fact]
    public void Those_who_decode_come_first_and_prompts_get_the_rest()
    {
        var world = new World(rows: 10);
        Sequence first = world.Add(4), second = world.Add(4);
        world.Step();
        Sequence third = world.Add(100);
        world.Step();
        Assert.Equal((1, 1, 8), (world.RowsOf(first), world.RowsOf(second), world.RowsOf(third)));
    }

    [Fact]
    public void Prompts_can_be_bounded_while_others_wait_for_their_next_token()
    {
        var world = new World(rows: 64, promptRowsWhileDecoding: 16);
        Sequence prompt = world.Add(200);
        world.Step();
        Assert.Equal(64, world.RowsOf(prompt));
        Sequence decoding = world.Add(3);
        world.Step();
        world.Step();
        Assert.Equal((1, 16), (world.RowsOf(decoding), world.RowsOf(prompt)));
    }

    [Fact]
    public void A_short_request_does_not_wait_for_a_long_prompt()
    {
        var world = new World(rows: 32);
        Sequence longer = world.Add(500);
        world.Step();
        Sequence shorter = world.Add(20);
        world.Step();
        Assert.Equal((21, 12), (shorter.Count, world.RowsOf(longer)));
    }

    [Fact]
    public void A_long_prompt_is_overtaken_for_a_while_and_then_no_more()
    {
        // Short prompts that would take every row, for ever.
        const int Length = 200, Rows = 16;
        var world = new World(rows: Rows, blocks: 1000);
        world.Add(Length);
        Sequence longer = world.Scheduler.Waiting[0];
        int steps = 0;
        for (; longer.Count == Length; steps++)
        {
            world.Add(Rows, newTokens: 1);
            world.Step();
        }

        int most = ((Scheduler.TokensPerRank + 1) * Length / Rows) + 1;
        Assert.InRange(steps, most / 2, most);
    }

    [Fact]
    public void Large_requests_are_not_passed_over_for_want_of_blocks()
    {
        // Small ones without end, which together would always hold nearly all blocks.
        var world = new World(rows: 64, blocks: 8);
        Sequence large = world.Add(80, newTokens: 1);
        large.Paused = true; // until the others are there
        while (large.Phase != SequencePhase.Finished)
        {
            if (world.Scheduler.WaitingCount < 4)
                world.Add(10, newTokens: 30);
            world.Step();
            large.Paused = large.Paused && world.Scheduler.RunningCount < 3;
        }

        Assert.Equal(81, large.Count);
    }

    [Fact]
    public void The_last_arrived_loses_its_blocks_first_and_keeps_its_tokens()
    {
        var world = new World(rows: 64, blocks: 6);
        Sequence first = world.Add(20, newTokens: 60), second = world.Add(20, newTokens: 60);
        while (world.Scheduler.Preemptions == 0)
            Assert.True(world.Step());
        Assert.Equal((SequencePhase.Running, SequencePhase.Waiting, 0), (first.Phase, second.Phase, second.Computed));
        int[] tokens = second.Tokens.ToArray();
        Assert.True(tokens.Length > 20);
        Sequence late = world.Add(1, newTokens: 1);
        while (second.Phase == SequencePhase.Waiting)
        {
            Assert.Equal(SequencePhase.Waiting, late.Phase); // who was there before comes before
            world.Step();
        }

        world.Run();
        Assert.Equal(tokens, second.Tokens[..tokens.Length].ToArray());
        Assert.Equal((80, 80, 6), (first.Count, second.Count, world.Pool.FreeCount));
    }

    [Fact]
    public void A_paused_sequence_takes_no_row_and_loses_its_blocks_before_others()
    {
        var world = new World(rows: 64, blocks: 6);
        Sequence first = world.Add(20, newTokens: 60), second = world.Add(20, newTokens: 60);
        world.Step();
        first.Paused = true;
        world.Step();
        Assert.Equal(0, world.RowsOf(first));
        while (world.Scheduler.Preemptions == 0)
            Assert.True(world.Step());
        Assert.Equal((SequencePhase.Waiting, SequencePhase.Running), (first.Phase, second.Phase));
        while (second.Phase != SequencePhase.Finished)
            world.Step();
        Assert.Equal(SequencePhase.Waiting, first.Phase);
        first.Paused = false;
        world.Run();
        Assert.Equal(80, first.Count);
    }

    [Fact]
    public void A_new_prompt_takes_the_place_of_a_paused_sequence()
    {
        var world = new World(rows: 64, sequences: 1);
        Sequence slow = world.Add(5);
        world.Step();
        Sequence next = world.Add(5);
        world.Step();
        Assert.Equal(SequencePhase.Waiting, next.Phase);
        slow.Paused = true;
        world.Step();
        Assert.Equal((SequencePhase.Waiting, SequencePhase.Running), (slow.Phase, next.Phase));
    }

    [Fact]
    public void A_cancelled_sequence_frees_its_blocks_at_once()
    {
        var world = new World(rows: 16, blocks: 20);
        Sequence prompt = world.Add(100), waiting = world.Add(300, limit: 301);
        world.Step();
        Assert.Equal(7, world.Pool.Statistics.UsedBlocks);
        world.Scheduler.Finish(prompt);
        world.Scheduler.Finish(waiting);
        Assert.Equal(20, world.Pool.FreeCount);
        Assert.False(world.Scheduler.Plan());
    }

    [Fact]
    public void Equal_prompts_that_arrive_together_are_computed_once()
    {
        var world = new World(rows: 32);
        int[] prompt = World.Prompt(100);
        Sequence first = world.Add(prompt), second = world.Add(prompt), third = world.Add(prompt);
        int rows = 0;
        while (third.Count == 100)
        {
            world.Step();
            rows += world.Rows;
        }

        Assert.True(first.Count > 100 && second.Count > 100);
        Assert.InRange(rows, 100, 100 + 32 + (3 * 20));
    }

    [Fact]
    public void Slots_are_kept_for_the_branches_of_a_request()
    {
        var world = new World(rows: 32, sequences: 4);
        Sequence parent = world.Add(World.Prompt(5), branches: 3);
        Sequence other = world.Add(World.Prompt(5));
        world.Scheduler.Plan();
        Assert.Equal((SequencePhase.Running, SequencePhase.Waiting), (parent.Phase, other.Phase));
    }

    [Fact]
    public void Guesses_take_rows_and_blocks_that_nobody_else_wants()
    {
        var world = new World(rows: 8, blocks: 3);
        Sequence first = world.Add(16, newTokens: 20), second = world.Add(4, newTokens: 20);
        while (first.Count < 18)
            world.Step();
        first.Guess([1, 2, 3, 4, 5]);
        second.Guess([1, 2, 3, 4, 5]);
        world.Scheduler.Plan();
        Assert.Equal((6, 2), (world.RowsOf(first), world.RowsOf(second)));
        Assert.Equal([6, 2], world.Scheduler.Steps.ToArray().Select(step => step.LogitRows));
        Assert.Equal([first.Tokens[^1], 1, 2, 3, 4, 5], world.Scheduler.Steps[0].Tokens.ToArray());
    }

    [Fact]
    public void A_guess_beyond_the_limit_is_dropped()
    {
        var world = new World(rows: 8);
        Sequence sequence = world.Add(4, newTokens: 4);
        world.Step();
        sequence.Guess([1, 2, 3, 4, 5]);
        Assert.Equal([1, 2], sequence.Drafts.ToArray());
    }

    [Fact]
    public void Steady_decoding_allocates_nothing()
    {
        var world = new World(rows: 64, blocks: 200, sequences: 8);
        for (int i = 0; i < 8; i++)
            world.Add(30, newTokens: 200);
        for (int i = 0; i < 80; i++)
            world.Step();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) // several blocks fill for each sequence
            world.Step();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(8, world.Scheduler.Planned.Length);
    }

    [Fact]
    public void Limits_that_cannot_work_are_refused()
    {
        var pool = new BlockPool(4);
        Assert.Throws<ArgumentException>(() => new Scheduler(pool, new SchedulerLimits { Rows = 4, Sequences = 5 }));
        Assert.Throws<ArgumentException>(() => new Scheduler(pool, new SchedulerLimits { Rows = 4, Sequences = 0 }));
        Assert.Throws<ArgumentException>(() => new Scheduler(pool, new SchedulerLimits { Rows = 4, Sequences = 1, PromptRowsWhileDecoding = 0 }));
    }

    /// <summary>A scheduler whose steps compute nothing: the next token is always its position.</summary>
    private sealed class World
    {
        private static int _prompts;

        private int _steps;

        public World(int rows, int blocks = 64, int sequences = 8, int promptRowsWhileDecoding = int.MaxValue)
        {
            Pool = new BlockPool(blocks);
            Scheduler = new Scheduler(Pool, new SchedulerLimits { Rows = rows, Sequences = Math.Min(sequences, rows), PromptRowsWhileDecoding = promptRowsWhileDecoding });
        }

        public BlockPool Pool { get; }

        public Scheduler Scheduler { get; }

        public int Rows { get; private set; }

        public static int[] Prompt(int length)
        {
            int start = 100_000 * ++_prompts;
            return [.. Enumerable.Range(start, length)];
        }

        public Sequence Add(int length, int newTokens = 100, int? limit = null)
        {
            var sequence = new Sequence(Prompt(length), limit ?? length + newTokens, BlockHash.Root(), -1, 0);
            Scheduler.Add(sequence);
            return sequence;
        }

        public Sequence Add(int[] prompt, int branches = 0)
        {
            var sequence = new Sequence(prompt, prompt.Length + 100, BlockHash.Root(), -1, branches);
            Scheduler.Add(sequence);
            return sequence;
        }

        public int RowsOf(Sequence sequence) => Scheduler.Planned.Contains(sequence) ? sequence.Rows : 0;

        public bool Step()
        {
            Assert.True(++_steps < 5000, "the test waits for what never comes");
            Rows = 0;
            bool any = Scheduler.Plan();
            foreach (Sequence sequence in Scheduler.Planned)
            {
                Rows += sequence.Rows;
                int computed = sequence.Computed + sequence.Rows;
                if (computed == sequence.Count)
                    sequence.Append(sequence.Count);
                Scheduler.Record(sequence, computed);
                if (sequence.Count == sequence.Limit)
                    Scheduler.Finish(sequence);
            }

            return any;
        }

        public void Run()
        {
            while (Step())
            {
            }
        }
    }
}
