namespace GaleraGate.Lab;

/// <summary>Runs a check repeatedly on a dedicated thread until it is stopped.</summary>
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

    /// <summary>Stops after the check in progress.</summary>
    public void Dispose()
    {
        _stopped = true;
        _thread.Join();
    }
}
