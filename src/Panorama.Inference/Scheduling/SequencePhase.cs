namespace Panorama.Inference.Scheduling;

/// <summary>Where a sequence is.</summary>
internal enum SequencePhase
{
    /// <summary>New or preempted: holds no block.</summary>
    Waiting,

    /// <summary>Holds blocks and takes part in steps.</summary>
    Running,

    /// <summary>Done or cancelled: holds no block.</summary>
    Finished,
}
