using System.Diagnostics.CodeAnalysis;

namespace GaleraGate.Infrastructure.Threads;

/// <summary>
/// One thread for everything that the daemon does between its waits, in the order in which it became ready; its timers
/// end here too. Handing work from thread to thread cost more than the work itself. What may block for long has a
/// thread of its own and comes back here; sockets and the archive live on the pool.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "whoever may still post to it keeps it alive")]
public sealed class LoopThread : SynchronizationContext
{
    /// <summary>For a wait that may be cancelled: nothing is thrown, and what follows runs here all the same.</summary>
    public const ConfigureAwaitOptions Quietly =
        ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);

    /// <summary>What is due so soon after a tick is done with it: else a chore of one tick would take two.</summary>
    private static readonly TimeSpan Early = TimeSpan.FromMilliseconds(25);

    private readonly Lock _lock = new();
    private readonly WakeUp _wake = new();
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _ready = new();
    private readonly PriorityQueue<Action, (long Due, long Order)> _timers = new();
    private long _order;
    private volatile bool _isWaiting;

    private LoopThread() => (Time, Chores) = (new LoopTime(this, TimeSpan.Zero), new LoopTime(this, Tick));

    /// <summary>The system's time, with timers that end on this thread.</summary>
    public TimeProvider Time { get; }

    /// <summary>
    /// The same for what is looked at again and again and may wait for the next tick: all of it together, so that an
    /// idle daemon is woken for it four times a second and not for each.
    /// </summary>
    public TimeProvider Chores { get; }

    /// <summary>
    /// Runs it on this thread, with all that it awaits, until it is done; what it left undone stays so.
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

    /// <summary>Those whose time is up are ready.</summary>
    private void TakeTimers()
    {
        while (_timers.TryPeek(out var end, out var next) && next.Due <= TimeProvider.System.GetTimestamp())
        {
            _ = _timers.Dequeue();
            _ready.Enqueue((static end => ((Action)end!)(), end));
        }
    }

    /// <summary>In milliseconds, rounded up: a wait that ends early would be begun again at once.</summary>
    private int UntilNextTimer()
    {
        if (!_timers.TryPeek(out _, out var next))
        {
            return Timeout.Infinite;
        }

        var left = TimeProvider.System.GetElapsedTime(TimeProvider.System.GetTimestamp(), next.Due).TotalMilliseconds;
        return (int)Math.Clamp(Math.Ceiling(left), 0, int.MaxValue);
    }

    /// <param name="tick">Timers end with a tick; zero for those that end exactly when they are due.</param>
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

        /// <summary>Its time is up; a timer that was disposed of meanwhile does nothing more.</summary>
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
