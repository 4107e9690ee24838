using System.Runtime.InteropServices;

namespace GaleraGate.Daemon.Gatekeeping;

/// <summary>
/// Ends the process when a stop takes too long, whatever hangs there: a disk, an archive, a log, a client. Every wait
/// of a stop has a limit of its own; this is for the one that nobody thought of. The next daemon must be able to begin
/// before this one's lease ends.
/// </summary>
internal sealed partial class StopDeadline
{
    /// <summary>The lines of the end are on their way.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    private readonly object _lock = new();
    private readonly Action<TimeSpan> _atEnd;
    private TimeSpan? _limit;
    private long _began;

    /// <param name="atEnd">What is done last; it must block on nothing.</param>
    public StopDeadline(Action<TimeSpan> atEnd)
    {
        _atEnd = atEnd;
        // Begun now: a host that is short of memory starts no thread when it is needed.
        new Thread(Work) { IsBackground = true, Name = "stop deadline" }.Start();
    }

    /// <summary>What the process ends with if it is cut off.</summary>
    public int ExitCode { get; set; } = 1;

    /// <summary>How much is left until then, once the stop has begun.</summary>
    public TimeSpan Left => (_limit ?? TimeSpan.Zero) - TimeProvider.System.GetElapsedTime(_began);

    /// <summary>The stop begins; the first that says so counts.</summary>
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

        // Looked at again and again: a sleep may end early when the wall clock is set, and what is left never does.
        for (var left = Left; left > TimeSpan.Zero; left = Left)
        {
            Thread.Sleep(left < Look ? left : Look);
        }

        _atEnd(_limit.Value);
        Thread.Sleep(LastWords);
        // Not the runtime's own exit: that runs code of those that hang.
        Exit(ExitCode);
    }

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void Exit(int code);
}
