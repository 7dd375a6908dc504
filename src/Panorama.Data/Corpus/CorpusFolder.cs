using System.Text.Json;
using Panorama.Core.Errors;
using Panorama.Core.IO;
using Panorama.Data.Documents;
using Panorama.Data.Rejects;

namespace Panorama.Data.Corpus;

/// <summary>A corpus on disk: <c>train.jsonl</c>, <c>heldout.jsonl</c>, and last <c>funnel.json</c>, whose presence says that the corpus is whole.</summary>
/// <param name="path">The folder.</param>
public sealed class CorpusFolder(string path)
{
    /// <summary>The folder.</summary>
    public string Path { get; } = path;

    /// <summary>Documents to train on.</summary>
    public string TrainingFile => System.IO.Path.Combine(Path, "train.jsonl");

    /// <summary>Documents to evaluate on.</summary>
    public string HeldOutFile => System.IO.Path.Combine(Path, "heldout.jsonl");

    /// <summary>Dropped documents with their reasons.</summary>
    public string RejectsFile => System.IO.Path.Combine(Path, "rejects.jsonl");

    /// <summary>Prefix of the token shard of the training documents.</summary>
    public string TrainingShard => System.IO.Path.Combine(Path, "train");

    /// <summary>The tokenizer trained on the training documents.</summary>
    public string TokenizerFile => System.IO.Path.Combine(Path, "tokenizer.json");

    /// <summary>The settings it was made with, as text; null: not recorded.</summary>
    /// <exception cref="InputException">The file cannot be read.</exception>
    public string? Recipe => File.Exists(RecipeFile) ? System.Text.Encoding.UTF8.GetString(InputFile.ReadAllBytes(RecipeFile, 1 << 20)) : null;

    private string RecipeFile => System.IO.Path.Combine(Path, "recipe.txt");

    /// <summary>Whether the corpus was written to its end.</summary>
    public bool IsWhole => File.Exists(FunnelFile);

    private string FunnelFile => System.IO.Path.Combine(Path, "funnel.json");

    /// <summary>Makes the folder if missing, and removes what a killed process left half written. Only for who writes the corpus.</summary>
    /// <exception cref="JobException">It cannot be made.</exception>
    public void Create()
    {
        DiskErrors.Guard(Path, null, () => Directory.CreateDirectory(Path));
        AtomicFolder.RemoveStale(Path);
    }

    /// <summary>Writes a corpus.</summary>
    /// <param name="corpus">The corpus.</param>
    /// <param name="recipe">The settings it was made with, so that it is not taken for one of others; <see langword="null"/>: its maker keeps them.</param>
    /// <exception cref="JobException">The disk is full, or a file cannot be written.</exception>
    public void Write(BuiltCorpus corpus, string? recipe = null)
    {
        // What was made of an older corpus must not be taken for part of this one if the process is killed in between.
        DiskErrors.Guard(Path, null, () =>
        {
            foreach (string old in (string[])[FunnelFile, RecipeFile, TokenizerFile, TrainingShard + ".idx"])
            {
                File.Delete(old);
            }
        });

        DocumentFile.Write(TrainingFile, corpus.Training);
        DocumentFile.Write(HeldOutFile, corpus.HeldOut);
        if (recipe is not null)
        {
            AtomicFile.WriteAllText(RecipeFile, recipe);
        }

        AtomicFile.WriteAllBytes(FunnelFile, JsonSerializer.SerializeToUtf8Bytes(corpus.Funnel, DataJson.Lines.Funnel));
    }

    /// <summary>Reads a corpus back.</summary>
    /// <exception cref="InputException">The folder holds no whole corpus.</exception>
    public BuiltCorpus Read() => new([.. Documents(TrainingFile)], [.. Documents(HeldOutFile)], ReadFunnel());

    /// <summary>Reads the held-out documents alone.</summary>
    /// <exception cref="InputException">The folder holds no whole corpus.</exception>
    public IReadOnlyList<Document> ReadHeldOut() => [.. Documents(HeldOutFile)];

    /// <summary>Reads what every step kept.</summary>
    /// <exception cref="InputException">The folder holds no whole corpus, or the file is malformed.</exception>
    public Funnel ReadFunnel()
    {
        RequireWhole();
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(FunnelFile), DataJson.Lines.Funnel)
                ?? throw new InvalidFileException(FunnelFile, "holds null.");
        }
        catch (JsonException error)
        {
            throw new InvalidFileException(FunnelFile, $"is no funnel: {error.Message}", error);
        }
    }

    private IEnumerable<Document> Documents(string file)
    {
        RequireWhole();
        using var rejects = new RejectLedger();
        foreach (Document document in DocumentFile.Read(file, rejects, brokenShare: 0))
        {
            yield return document;
        }
    }

    private void RequireWhole()
    {
        if (!IsWhole)
        {
            throw new InputException($"{Path} holds no corpus: funnel.json is missing. Make one with 'panorama data build'.");
        }
    }
}
