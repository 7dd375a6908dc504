namespace Panorama.Core.IO;

/// <summary>The name of a file that a job needs only while it runs, on the disk of its result. Whatever lies there is removed at the end.</summary>
public sealed class ScratchFile : IDisposable
{
    /// <summary>Chooses a name; no file is made.</summary>
    /// <param name="target">The result's name: the file will lie beside it.</param>
    public ScratchFile(string target) => Path = TemporaryNames.Beside(target);

    /// <summary>The name.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public void Dispose() => File.Delete(Path);
}
