using Panorama.Server;

return OnceCommand.Create(Console.Out, Console.Error).Parse(args).Invoke();
