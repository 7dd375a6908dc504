using Panorama.Server;

return OnceCommand.Create().Parse(args).Invoke();
