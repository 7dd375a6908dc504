namespace Panorama.Tokenization.ChatTemplates;

/// <summary>An encoded chat and which of its tokens a model is to learn.</summary>
/// <param name="Ids">Token ids.</param>
/// <param name="IsAnswer">For each id, whether it belongs to an assistant's content or is the token that ends it.</param>
public sealed record ChatTokens(int[] Ids, bool[] IsAnswer);
