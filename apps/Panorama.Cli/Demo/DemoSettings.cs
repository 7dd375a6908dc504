namespace Panorama.Cli.Demo;

/// <summary>What a user may say about the demo.</summary>
/// <param name="Minutes">The dial.</param>
/// <param name="Input">Folder of the user's own files; <see langword="null"/>: the SDK's documentation.</param>
/// <param name="Folder">The folder given by <c>--out</c>, if any.</param>
/// <param name="Seed">Seed of weights, order and split.</param>
internal sealed record DemoSettings(double Minutes, string? Input, string? Folder, ulong Seed);
