namespace Panorama.Inference.Engine;

/// <summary>Whether an engine takes requests.</summary>
public enum EngineState
{
    /// <summary>It does.</summary>
    Running,

    /// <summary>It finishes those it has.</summary>
    Draining,

    /// <summary>It ends those it has.</summary>
    Stopping,

    /// <summary>Its thread has ended and its runner is free.</summary>
    Stopped,

    /// <summary>A step failed; see <see cref="InferenceEngine.Failure"/>.</summary>
    Failed,
}
