namespace Panorama.Tokenization.AddedTokens;

/// <summary>A token that is a fixed text outside the model.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text.</param>
/// <param name="Special">Whether it is a control token, never made from user text; others are always found in text.</param>
/// <param name="Normalized">Whether it is looked for in normalized text.</param>
/// <param name="SingleWord">Whether it is found only where no word character is beside it.</param>
/// <param name="TakesLeft">Whether it takes the blank space before it.</param>
/// <param name="TakesRight">Whether it takes the blank space after it.</param>
internal sealed record AddedToken(int Id, string Content, bool Special, bool Normalized = false, bool SingleWord = false, bool TakesLeft = false, bool TakesRight = false);
