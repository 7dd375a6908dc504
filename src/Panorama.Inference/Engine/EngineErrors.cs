using System.Globalization;
using Panorama.Core.Errors;

namespace Panorama.Inference.Engine;

/// <summary>A prompt is longer than the model's context or the cache.</summary>
/// <param name="promptTokens">Tokens of the prompt.</param>
/// <param name="contextLength">What the model can attend over.</param>
/// <param name="cacheTokens">What the key/value cache holds.</param>
public sealed class ContextLengthException(int promptTokens, int contextLength, long cacheTokens) : InputException(Text(promptTokens, contextLength, cacheTokens))
{
    /// <summary>Tokens of the prompt.</summary>
    public int PromptTokens { get; } = promptTokens;

    /// <summary>Most tokens of a prompt.</summary>
    public int Limit { get; } = (int)Math.Min(contextLength, cacheTokens);

    private static string Text(int promptTokens, int contextLength, long cacheTokens) => contextLength <= cacheTokens
        ? string.Create(CultureInfo.InvariantCulture, $"The prompt has {promptTokens} tokens, but the model's context holds {contextLength}; shorten it by at least {promptTokens - contextLength} tokens.")
        : string.Create(CultureInfo.InvariantCulture, $"The prompt has {promptTokens} tokens, but the key/value cache holds {cacheTokens}; shorten it by at least {promptTokens - cacheTokens} tokens or make the cache larger (the model's context holds {contextLength}).");
}

/// <summary>The engine has as many requests as it takes.</summary>
/// <param name="limit">How many.</param>
public sealed class EngineOverloadedException(int limit) : JobException(string.Create(CultureInfo.InvariantCulture, $"The engine has {limit} requests already, its limit; try again later."));

/// <summary>The engine was stopped before the request was done.</summary>
public sealed class EngineStoppedException() : JobException("The engine was stopped before the request was done; start it and send the request again.");

/// <summary>A step of the model failed: the engine is at its end, and all its requests with it.</summary>
/// <param name="cause">What the runner threw.</param>
public sealed class EngineFailedException(Exception cause) : JobException($"The inference engine failed in a step of the model ({cause.Message}); restart it.", cause);
