namespace GaleraGate.Daemon.Logging;

/// <summary>
/// Log lines on their way out, written by a separate thread, so that logging never blocks the loop that keeps the gate.
/// A reader that stops reading (a stuck journald, a terminal after Ctrl-S, a disk that hangs) fills the queue. Lines
/// that do not fit are counted, and the count is written when writing works again.
/// </summary>
internal sealed class LogQueue
{
    /// <summary>The most lines that wait.</summary>
    public const int Capacity = 4096;

    private readonly Queue<(string Line, long LostBefore)> _lines = new();
    private readonly Action<string> _write;
    private readonly Func<long, string> _lost;
    private readonly Thread _thread;

    // Protected by the lock on the lines: the number of lines dropped since the last one that fitted, and whether the
    // queue has ended.
    private long _left;
    private bool _isEnded;

    /// <param name="write">Writes one whole line; may block for any time.</param>
    /// <param name="lost">The line that reports how many were lost.</param>
    public LogQueue(Action<string> write, Func<long, string> lost)
    {
        (_write, _lost) = (write, lost);
        _thread = new Thread(Work) { IsBackground = true, Name = "log" };
        _thread.Start();
    }

    /// <summary>Never waits. Lines after the end are not written.</summary>
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

    /// <summary>Ends the queue and waits for the queued lines, up to a limit.</summary>
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
    /// The next line, and how many were lost before it; an empty line if only lost ones remain to be reported; null at
    /// the end.
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
