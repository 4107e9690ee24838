using System.Runtime.InteropServices;

namespace GaleraGate.Daemon.Gatekeeping;

/// <summary>
/// Ends the process if a stop takes too long, whatever hangs: a disk, an archive, a log, a client. Every wait of a stop
/// has its own limit; this one covers what those miss. The next daemon must be able to start before this one's lease
/// expires.
/// </summary>
internal sealed partial class StopDeadline
{
    /// <summary>Lets the last log lines get out.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    private readonly object _lock = new();
    private readonly Action<TimeSpan> _atEnd;
    private TimeSpan? _limit;
    private long _began;

    /// <param name="atEnd">The last action; it must not block.</param>
    public StopDeadline(Action<TimeSpan> atEnd)
    {
        _atEnd = atEnd;
        // Started now, because a host that is short of memory cannot start a thread later.
        new Thread(Work) { IsBackground = true, Name = "stop deadline" }.Start();
    }

    /// <summary>The exit code if the process is cut off.</summary>
    public int ExitCode { get; set; } = 1;

    /// <summary>The remaining time, once the stop has begun.</summary>
    public TimeSpan Left => (_limit ?? TimeSpan.Zero) - TimeProvider.System.GetElapsedTime(_began);

    /// <summary>Starts the clock; only the first call counts.</summary>
    public void Begin(TimeSpan limit)
    {
        lock (_lock)
        {
            if (_limit is null)
            {
                (_limit, _began) = (limit, TimeProvider.System.GetTimestamp());
                Monitor.Pulse(_lock);
            }
        }
    }

    private void Work()
    {
        lock (_lock)
        {
            while (_limit is null)
            {
                _ = Monitor.Wait(_lock);
            }
        }

        // Repeated, because a sleep may end early when the wall clock is set; the remaining time is measured by the
        // monotonic clock.
        for (var left = Left; left > TimeSpan.Zero; left = Left)
        {
            Thread.Sleep(left < Look ? left : Look);
        }

        _atEnd(_limit.Value);
        Thread.Sleep(LastWords);
        // Not the runtime's own exit, which runs code that may hang.
        Exit(ExitCode);
    }

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void Exit(int code);
}
