using System.Diagnostics.CodeAnalysis;

namespace Panorama.Inference.Families;

/// <summary>
/// The weights of a model by role, whatever the file. Names, shapes and formats are checked against the configuration
/// when it is opened, so a role that the configuration calls for is there.
/// </summary>
public interface IModelWeights : IDisposable
{
    /// <summary>Finds a weight.</summary>
    /// <param name="role">What it does.</param>
    /// <param name="layer">The block, from 0; 0 for weights outside the blocks.</param>
    /// <param name="weight">The weight found; valid until this is disposed.</param>
    bool TryGet(WeightRole role, int layer, [NotNullWhen(true)] out WeightView? weight);

    /// <summary>Takes what was read of the files out of this process's memory, once the weights have been copied; they can be read again.</summary>
    void ReleasePages();
}
