namespace GaleraGate.Lab;

/// <summary>Looks again and again on a thread of its own until it is stopped.</summary>
public sealed class Watch : IDisposable
{
    private readonly Thread _thread;
    private volatile bool _stopped;

    public Watch(Action look)
    {
        _thread = new Thread(() =>
        {
            while (!_stopped)
            {
                look();
            }
        });
        _thread.Start();
    }

    /// <summary>Ends it after the look that is under way.</summary>
    public void Dispose()
    {
        _stopped = true;
        _thread.Join();
    }
}
