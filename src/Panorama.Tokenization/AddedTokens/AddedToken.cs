namespace Panorama.Tokenization.AddedTokens;

/// <summary>A token that is a fixed text outside the model's merges.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text.</param>
/// <param name="Special">Whether it is a control token, never made from user text; others are always found in text.</param>
/// <param name="Normalized">Whether it is matched in normalized text; kept for writing, since nothing here normalizes.</param>
internal sealed record AddedToken(int Id, string Content, bool Special, bool Normalized = false);
