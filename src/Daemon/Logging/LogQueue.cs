namespace GaleraGate.Daemon.Logging;

/// <summary>
/// Lines on their way to where they are written, by a thread of its own: whoever logs never waits, because the one who
/// logs is the loop that keeps the gate. A reader that stands still (a stuck journald, a terminal after Ctrl-S, a disk
/// that hangs) fills the queue; lines that do not fit are counted, and the count is written when lines are written
/// again.
/// </summary>
internal sealed class LogQueue
{
    /// <summary>So many lines wait at the most.</summary>
    public const int Capacity = 4096;

    private readonly Queue<(string Line, long LostBefore)> _lines = new();
    private readonly Action<string> _write;
    private readonly Func<long, string> _lost;
    private readonly Thread _thread;

    // Under the lock of the lines: those that found no room since the last one that did, and that no more come.
    private long _left;
    private bool _isEnded;

    /// <param name="write">Writes one whole line; may block for as long as it likes.</param>
    /// <param name="lost">The line that says how many were lost.</param>
    public LogQueue(Action<string> write, Func<long, string> lost)
    {
        (_write, _lost) = (write, lost);
        _thread = new Thread(Work) { IsBackground = true, Name = "log" };
        _thread.Start();
    }

    /// <summary>Never waits. What comes after the end is not written.</summary>
    public void Put(string line)
    {
        lock (_lines)
        {
            if (_isEnded)
            {
                return;
            }

            if (_lines.Count >= Capacity)
            {
                _left++;
                return;
            }

            _lines.Enqueue((line, _left));
            _left = 0;
            Monitor.Pulse(_lines);
        }
    }

    /// <summary>No more lines come. Waits for those that are queued, for so long at the most.</summary>
    public void End(TimeSpan atMost)
    {
        lock (_lines)
        {
            _isEnded = true;
            Monitor.Pulse(_lines);
        }

        _ = _thread.Join(atMost);
    }

    private void Work()
    {
        while (Next() is var (line, lost))
        {
            if (lost > 0)
            {
                _write(_lost(lost));
            }

            if (line.Length > 0)
            {
                _write(line);
            }
        }
    }

    /// <summary>
    /// The next line, and how many were lost before it; an empty one where nothing but lost ones are left to be told;
    /// null at the end.
    /// </summary>
    private (string Line, long LostBefore)? Next()
    {
        lock (_lines)
        {
            while (_lines.Count == 0 && _left == 0 && !_isEnded)
            {
                _ = Monitor.Wait(_lines);
            }

            if (_lines.TryDequeue(out var next))
            {
                return next;
            }

            (var left, _left) = (_left, 0L);
            return left > 0 ? ("", left) : null;
        }
    }
}
