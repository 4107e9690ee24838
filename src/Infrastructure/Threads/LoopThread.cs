using System.Diagnostics.CodeAnalysis;

namespace GaleraGate.Infrastructure.Threads;

/// <summary>
/// One thread for all of the daemon's own work, in the order in which it becomes ready; timers complete here too.
/// Handing work between threads cost more than the work itself. Anything that may block for long has its own thread and
/// returns here; sockets and the archive use the pool.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "whoever may still post to it keeps it alive")]
public sealed class LoopThread : SynchronizationContext
{
    /// <summary>
    /// For a wait that may be cancelled: it does not throw, and what follows still runs on this thread.
    /// </summary>
    public const ConfigureAwaitOptions Quietly =
        ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext;

    /// <summary>
    /// How long a due check waits for the thread to wake for another reason. Checks that run four times a second then
    /// wake an idle daemon once between two probes a second apart.
    /// </summary>
    private static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(300);

    /// <summary>A check is due after this share of its period, so that it can run together with others.</summary>
    private const double Due = 0.85;

    private readonly Lock _lock = new();
    private readonly WakeUp _wake = new();
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _ready = new();
    private readonly LoopTime _exact;
    private readonly LoopTime _chores;
    private volatile bool _isWaiting;

    private LoopThread() =>
        (_exact, _chores) = (new LoopTime(this, 1, TimeSpan.Zero), new LoopTime(this, Due, Slack));

    /// <summary>The system's time, with timers that complete on this thread, exactly when they are due.</summary>
    public TimeProvider Time => _exact;

    /// <summary>
    /// The same for periodic checks. A due timer completes the next time the thread is awake, for instance to probe the
    /// server, or 300 ms later. So periodic checks seldom wake an idle daemon, and then all together.
    /// </summary>
    public TimeProvider Chores => _chores;

    /// <summary>
    /// Runs a task on this thread, with everything that it awaits, until it completes; unfinished side work is
    /// abandoned.
    /// </summary>
    public static T Run<T>(Func<LoopThread, Task<T>> main)
    {
        var loop = new LoopThread();
        var before = Current;
        SetSynchronizationContext(loop);
        try
        {
            var running = main(loop);
            _ = running.ContinueWith(
                _ => loop.WakeIfWaiting(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            while (!running.IsCompleted)
            {
                loop.RunNext();
            }

            return running.GetAwaiter().GetResult();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }

    public override void Post(SendOrPostCallback d, object? state)
    {
        lock (_lock)
        {
            _ready.Enqueue((d, state));
        }

        WakeIfWaiting();
    }

    public override SynchronizationContext CreateCopy() => this;

    private void RunNext()
    {
        SendOrPostCallback? callback;
        object? state;
        var wait = 0;
        lock (_lock)
        {
            TakeTimers();
            if (_ready.TryDequeue(out var next))
            {
                (callback, state) = next;
            }
            else
            {
                (callback, state, wait) = (null, null, UntilNextTimer());
                _isWaiting = true;
            }
        }

        if (callback is not null)
        {
            callback(state);
        }
        else
        {
            _wake.Wait(wait);
            _isWaiting = false;
        }
    }

    private void WakeIfWaiting()
    {
        if (_isWaiting)
        {
            _wake.Give();
        }
    }

    /// <summary>Queues the timers that are due.</summary>
    private void TakeTimers()
    {
        _exact.Take(_ready);
        _chores.Take(_ready);
    }

    /// <summary>In milliseconds, rounded up: a wait that ends early would have to be repeated.</summary>
    private int UntilNextTimer()
    {
        var next = Math.Min(_exact.Latest, _chores.Latest);
        if (next == long.MaxValue)
        {
            return Timeout.Infinite;
        }

        var left = TimeProvider.System.GetElapsedTime(TimeProvider.System.GetTimestamp(), next).TotalMilliseconds;
        return (int)Math.Clamp(Math.Ceiling(left), 0, int.MaxValue);
    }

    /// <param name="share">A timer may complete after this share of its time, if the thread is awake.</param>
    /// <param name="slack">A due timer wakes the thread after this time.</param>
    private sealed class LoopTime(LoopThread loop, double share, TimeSpan slack) : TimeProvider
    {
        private readonly PriorityQueue<Action, (long Due, long Order)> _timers = new();
        private long _order;

        /// <summary>When the first timer wakes the thread; <see cref="long.MaxValue"/> when there is none.</summary>
        public long Latest => _timers.TryPeek(out _, out var next) ? next.Due + Ticks(slack) : long.MaxValue;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = new Timer(loop, this, callback, state);
            _ = timer.Change(dueTime, period);
            return timer;
        }

        public void Take(Queue<(SendOrPostCallback Callback, object? State)> ready)
        {
            while (_timers.TryPeek(out var end, out var next) && next.Due <= GetTimestamp())
            {
                _ = _timers.Dequeue();
                ready.Enqueue((static end => ((Action)end!)(), end));
            }
        }

        public void Set(Action end, TimeSpan time) =>
            _timers.Enqueue(end, (GetTimestamp() + Ticks(time * share), _order++));

        public void Remove(Action end) => _ = _timers.Remove(end, out _, out _);

        private static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * TimeProvider.System.TimestampFrequency);
    }

    private sealed class Timer : ITimer
    {
        private readonly LoopThread _loop;
        private readonly LoopTime _time;
        private readonly TimerCallback _callback;
        private readonly object? _state;
        private readonly Action _end;
        private TimeSpan _period;
        private bool _isSet;

        public Timer(LoopThread loop, LoopTime time, TimerCallback callback, object? state) =>
            (_loop, _time, _callback, _state, _end) = (loop, time, callback, state, End);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (_loop._lock)
            {
                if (_isSet)
                {
                    _time.Remove(_end);
                }

                (_period, _isSet) = (period, dueTime >= TimeSpan.Zero);
                if (_isSet)
                {
                    _time.Set(_end, dueTime);
                }
            }

            _loop.WakeIfWaiting();
            return true;
        }

        /// <summary>The timer is due; one that was disposed of meanwhile does nothing.</summary>
        private void End()
        {
            if (!_isSet)
            {
                return;
            }

            _isSet = false;
            if (_period > TimeSpan.Zero)
            {
                _ = Change(_period, _period);
            }

            _callback(_state);
        }

        public void Dispose() => _ = Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
