using System.Diagnostics;

namespace Panorama.Training.Benchmarks;

/// <summary>Times actions in turns, so that a slow moment of the machine hits all of them.</summary>
public static class Stopwatches
{
    /// <summary>Seconds that an action takes.</summary>
    /// <param name="action">The action.</param>
    public static double Seconds(Action action)
    {
        long began = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>Runs all actions in every round; the first round warms up and does not count.</summary>
    /// <param name="rounds">Rounds that count.</param>
    /// <param name="actions">What is timed.</param>
    /// <param name="finished">Told after every round.</param>
    /// <returns>The median seconds of each action.</returns>
    public static double[] Medians(int rounds, ReadOnlySpan<Action> actions, Action<int>? finished = null) =>
        Array.ConvertAll(Samples(rounds, actions, finished), Median);

    /// <summary>Runs all actions in every round; the first round warms up and does not count.</summary>
    /// <param name="rounds">Rounds that count.</param>
    /// <param name="actions">What is timed.</param>
    /// <param name="finished">Told after every round.</param>
    /// <returns>The seconds of each action in each round.</returns>
    public static double[][] Samples(int rounds, ReadOnlySpan<Action> actions, Action<int>? finished = null)
    {
        double[][] seconds = new double[actions.Length][];
        for (int i = 0; i < actions.Length; i++)
        {
            seconds[i] = new double[rounds];
        }

        for (int round = 0; round <= rounds; round++)
        {
            for (int i = 0; i < actions.Length; i++)
            {
                double taken = Seconds(actions[i]);
                if (round > 0)
                {
                    seconds[i][round - 1] = taken;
                }
            }

            finished?.Invoke(round);
        }

        return seconds;
    }

    /// <summary>The middle value, or the mean of the two in the middle.</summary>
    /// <param name="values">At least one value.</param>
    public static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
