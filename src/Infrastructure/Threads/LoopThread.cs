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

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// A timer due this soon after a tick completes with it; otherwise a chore with the period of one tick would take
    /// two.
    /// </summary>
    private static readonly TimeSpan Early = TimeSpan.FromMilliseconds(25);

    private readonly Lock _lock = new();
    private readonly WakeUp _wake = new();
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _ready = new();
    private readonly PriorityQueue<Action, (long Due, long Order)> _timers = new();
    private long _order;
    private volatile bool _isWaiting;

    private LoopThread() => (Time, Chores) = (new LoopTime(this, TimeSpan.Zero), new LoopTime(this, Tick));

    /// <summary>The system's time, with timers that complete on this thread.</summary>
    public TimeProvider Time { get; }

    /// <summary>
    /// The same for periodic checks that can wait for the next tick. They share the tick, so an idle daemon is woken
    /// four times a second, not once for each.
    /// </summary>
    public TimeProvider Chores { get; }

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
        while (_timers.TryPeek(out var end, out var next) && next.Due <= TimeProvider.System.GetTimestamp())
        {
            _ = _timers.Dequeue();
            _ready.Enqueue((static end => ((Action)end!)(), end));
        }
    }

    /// <summary>In milliseconds, rounded up: a wait that ends early would have to be repeated.</summary>
    private int UntilNextTimer()
    {
        if (!_timers.TryPeek(out _, out var next))
        {
            return Timeout.Infinite;
        }

        var left = TimeProvider.System.GetElapsedTime(TimeProvider.System.GetTimestamp(), next.Due).TotalMilliseconds;
        return (int)Math.Clamp(Math.Ceiling(left), 0, int.MaxValue);
    }

    /// <param name="tick">Timers complete at a multiple of this; zero for timers that complete exactly when
    /// due.</param>
    private sealed class LoopTime(LoopThread loop, TimeSpan tick) : TimeProvider
    {
        private static long Frequency => TimeProvider.System.TimestampFrequency;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = new Timer(loop, DueIn, callback, state);
            _ = timer.Change(dueTime, period);
            return timer;
        }

        private long DueIn(TimeSpan time)
        {
            var due = GetTimestamp() + (long)(time.TotalSeconds * Frequency);
            var ticks = (long)(tick.TotalSeconds * Frequency);
            var early = (long)(Early.TotalSeconds * Frequency);
            return ticks == 0 || time < tick ? due : (due - early + ticks - 1) / ticks * ticks;
        }
    }

    private sealed class Timer : ITimer
    {
        private readonly LoopThread _loop;
        private readonly Func<TimeSpan, long> _dueIn;
        private readonly TimerCallback _callback;
        private readonly object? _state;
        private readonly Action _end;
        private TimeSpan _period;
        private bool _isSet;

        public Timer(LoopThread loop, Func<TimeSpan, long> dueIn, TimerCallback callback, object? state) =>
            (_loop, _dueIn, _callback, _state, _end) = (loop, dueIn, callback, state, End);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (_loop._lock)
            {
                _ = _isSet && _loop._timers.Remove(_end, out _, out _);
                (_period, _isSet) = (period, dueTime >= TimeSpan.Zero);
                if (_isSet)
                {
                    _loop._timers.Enqueue(_end, (_dueIn(dueTime), _loop._order++));
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
