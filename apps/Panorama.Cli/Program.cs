using Panorama.Cli.Hosting;

return await CommandLineApp.RunAsync(args, StandardStreams.OfProcess());
