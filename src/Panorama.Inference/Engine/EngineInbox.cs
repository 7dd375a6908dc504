using System.Runtime.InteropServices;

namespace Panorama.Inference.Engine;

/// <summary>What a reader or a caller wants of the engine's thread.</summary>
internal enum EngineWish
{
    /// <summary>Take the request.</summary>
    Add,

    /// <summary>End the request.</summary>
    Cancel,

    /// <summary>End one of its sequences.</summary>
    Stop,

    /// <summary>Its reader has caught up.</summary>
    Resume,
}

/// <summary>A wish about a request.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct EngineCommand(EngineWish Wish, StreamGeneration Generation, int Index = 0);

/// <summary>Hands commands from any thread to the engine's, and keeps the engine's state: both change under one lock, so that no command is lost at the end.</summary>
internal sealed class EngineInbox
{
    private readonly object _gate = new(); // waited on, which a Lock cannot be
    private List<EngineCommand> _commands = [];
    private List<EngineCommand> _taken = [];
    private volatile bool _hasNews;
    private volatile EngineState _state;

    /// <summary>The state; changes to larger values only.</summary>
    public EngineState State => _state;

    /// <summary>Leaves a command.</summary>
    /// <returns>False when the engine no longer takes it: a new request once it is stopping, anything once it has ended.</returns>
    public bool Post(in EngineCommand command)
    {
        lock (_gate)
        {
            if (_state >= EngineState.Stopped || (command.Wish == EngineWish.Add && _state != EngineState.Running))
                return false;
            _commands.Add(command);
            News();
        }

        return true;
    }

    /// <summary>Moves the state on.</summary>
    public void MoveTo(EngineState state)
    {
        lock (_gate)
        {
            if (state <= _state)
                return;
            _state = state;
            News();
        }
    }

    /// <summary>The commands since the last call, valid until the next. For the engine's thread.</summary>
    /// <param name="wait">Whether to wait for news when there is none.</param>
    public List<EngineCommand> Take(bool wait)
    {
        _taken.Clear();
        if (!wait && !_hasNews)
            return _taken;
        lock (_gate)
        {
            while (wait && !_hasNews)
                Monitor.Wait(_gate);
            _hasNews = false;
            (_commands, _taken) = (_taken, _commands);
        }

        return _taken;
    }

    private void News()
    {
        _hasNews = true;
        Monitor.Pulse(_gate);
    }
}
