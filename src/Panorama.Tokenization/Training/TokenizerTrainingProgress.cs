using System.Runtime.InteropServices;

namespace Panorama.Tokenization.Training;

/// <summary>The phases of a training.</summary>
public enum TokenizerTrainingPhase
{
    /// <summary>Reading texts and counting words; the total is not known.</summary>
    CountingWords,

    /// <summary>Merging pairs into tokens.</summary>
    MergingPairs,

    /// <summary>Fitting the probabilities of pieces and removing some; of a unigram training.</summary>
    FittingPieces,
}

/// <summary>How far a training has come.</summary>
/// <param name="Phase">The phase.</param>
/// <param name="Done">UTF-16 units counted, tokens made, or pieces removed.</param>
/// <param name="Total">Tokens to make, or pieces to remove; 0 while counting.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct TokenizerTrainingProgress(TokenizerTrainingPhase Phase, long Done, long Total);
