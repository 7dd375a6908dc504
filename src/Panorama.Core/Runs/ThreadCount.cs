using Panorama.Core.Errors;

namespace Panorama.Core.Runs;

/// <summary>How many threads a job uses: what the user asks for, otherwise <c>PANORAMA_THREADS</c>, otherwise all logical cores.</summary>
public static class ThreadCount
{
    /// <summary>The most that can be asked for.</summary>
    public const int Most = 4096;

    private const string Variable = "PANORAMA_THREADS";

    /// <summary>The number of threads to use.</summary>
    /// <param name="asked">1 or more; 0: the environment decides.</param>
    /// <exception cref="InputException">The number, or that of the environment, is not allowed.</exception>
    public static int Resolve(int asked)
    {
        Require.That(asked is >= 0 and <= Most, asked, "threads", "0 to 4096");
        return asked > 0 ? asked : FromEnvironment() ?? Environment.ProcessorCount;
    }

    /// <summary>The number in <c>PANORAMA_THREADS</c>, or null when it is not set.</summary>
    /// <exception cref="InputException">It is not a number from 1 to 4096.</exception>
    public static int? FromEnvironment() =>
        Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } text ? null
        : int.TryParse(text, out int threads) && threads is >= 1 and <= Most ? threads
        : throw new InputException($"{Variable} is '{text}'; allowed: 1 to 4096.");
}
