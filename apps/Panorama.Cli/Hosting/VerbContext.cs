using Panorama.Cli.Terminal;

namespace Panorama.Cli.Hosting;

/// <summary>What every verb gets to work with.</summary>
/// <param name="Console">Messages, tables and progress for people.</param>
/// <param name="Json">Whether the result goes to a program: the frame prints it, the verb says nothing on standard output.</param>
/// <param name="Cancellation">Cancelled by Ctrl-C or SIGTERM: save the work and throw <see cref="OperationCanceledException"/> or <see cref="Core.Errors.StoppedException"/>.</param>
internal sealed record VerbContext(IRunConsole Console, bool Json, CancellationToken Cancellation);
