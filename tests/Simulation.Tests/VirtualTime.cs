namespace GaleraGate.Simulation.Tests;

/// <summary>
/// Time advances when nothing is left to do, and code runs in the order in which it became ready. Everything runs on
/// one thread, so one seed gives one history. The code of a dead process no longer runs, as with a killed process.
/// </summary>
internal sealed class VirtualTime : TimeProvider
{
    private static readonly DateTimeOffset Epoch = new(2026, 11, 21, 0, 0, 0, TimeSpan.Zero);

    private readonly PriorityQueue<Action, (long Due, long Order)> _due = new();
    private readonly Queue<(Life Life, SendOrPostCallback Callback, object? State)> _ready = [];
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private long _now;
    private long _order;

    public TimeSpan Now => TimeSpan.FromTicks(_now);

    /// <summary>How far the wall clock is off.</summary>
    public TimeSpan WallOffset { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _now;

    public override DateTimeOffset GetUtcNow() => Epoch + Now + WallOffset;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        _ = timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Runs an action later.</summary>
    public void After(TimeSpan delay, Action action) => _due.Enqueue(action, (_now + delay.Ticks, _order++));

    public void After(double seconds, Action action) => After(TimeSpan.FromSeconds(seconds), action);

    /// <summary>Lets time pass until the given moment and runs the check after each action.</summary>
    public void RunUntil(TimeSpan end, Action check)
    {
        RunReady();
        while (_due.TryPeek(out _, out var next) && next.Due <= end.Ticks)
        {
            var action = _due.Dequeue();
            _now = next.Due;
            action();
            RunReady();
            check();
        }

        _now = end.Ticks;
    }

    private void RunReady()
    {
        const int Most = 100_000;
        for (var count = 0; _ready.Count > 0; count++)
        {
            if (count > Most)
            {
                throw new BrokenInvariantException($"code runs on and on and no time passes: {_ready.Peek().State}");
            }

            RunNext();
        }
    }

    private void RunNext()
    {
        var next = _ready.Dequeue();
        if (next.Life.IsFrozen)
        {
            next.Life.Hold(next.Callback, next.State);
        }
        else if (next.Life.IsAlive)
        {
            next.Life.Run(next.Callback, next.State);
        }
    }

    /// <summary>The code that runs for one process; none of it runs once the process is dead.</summary>
    public sealed class Life(VirtualTime time) : SynchronizationContext
    {
        private readonly List<(SendOrPostCallback Callback, object? State)> _held = [];

        public bool IsAlive { get; private set; } = true;

        /// <summary>The process is frozen, as after SIGSTOP: what becomes ready waits.</summary>
        public bool IsFrozen { get; private set; }

        public void Kill() => IsAlive = false;

        public void Freeze() => IsFrozen = true;

        public void Thaw()
        {
            IsFrozen = false;
            foreach (var (callback, state) in _held)
            {
                time._ready.Enqueue((this, callback, state));
            }

            _held.Clear();
        }

        public void Hold(SendOrPostCallback callback, object? state) => _held.Add((callback, state));

        public override void Post(SendOrPostCallback d, object? state)
        {
            // On any other thread there is no defined order, and no seed would replay the run.
            if (Environment.CurrentManagedThreadId != time._thread)
            {
                Environment.FailFast($"code of the simulation ran on another thread:\n{Environment.StackTrace}");
            }

            time._ready.Enqueue((this, d, state));
        }

        public override SynchronizationContext CreateCopy() => this;

        public void Run(Action action) => Run(static action => ((Action)action!)(), action);

        public void Run(SendOrPostCallback callback, object? state)
        {
            var before = Current;
            SetSynchronizationContext(this);
            try
            {
                callback(state);
            }
            finally
            {
                SetSynchronizationContext(before);
            }
        }
    }

    private sealed class Timer(VirtualTime time, TimerCallback callback, object? state) : ITimer
    {
        private long _version;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var version = ++_version;
            if (dueTime >= TimeSpan.Zero)
            {
                time.After(dueTime, () =>
                {
                    if (version == _version)
                    {
                        callback(state);
                        _ = period > TimeSpan.Zero && Change(period, period);
                    }
                });
            }

            return true;
        }

        public void Dispose() => _version++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
