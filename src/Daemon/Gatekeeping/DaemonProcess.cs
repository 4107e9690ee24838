using GaleraGate.Daemon.Logging;
using GaleraGate.Daemon.Loop;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Connections;
using GaleraGate.Infrastructure.Firewall;
using GaleraGate.Infrastructure.Galera;
using GaleraGate.Infrastructure.Journal;
using GaleraGate.Infrastructure.Linux;
using GaleraGate.Infrastructure.Threads;
using Microsoft.Extensions.Logging;

namespace GaleraGate.Daemon.Gatekeeping;

/// <summary>What a daemon is told once, before it starts.</summary>
internal sealed record DaemonSetup
{
    public required Policy Policy { get; init; }

    /// <summary>The families whose tables are kept; none for a dry run.</summary>
    public required IReadOnlyList<Family> Families { get; init; }

    public required TimeSpan CheckInterval { get; init; }

    public required TimeSpan ProbeTimeout { get; init; }

    public required IReadOnlyList<string> HoldFiles { get; init; }

    /// <summary>Looks at the hold files, all at once.</summary>
    public Func<IReadOnlyList<string>, Task<IReadOnlyList<HoldLook>>> LookAtHoldFiles { get; init; } =
        HoldFile.OnItsOwnThread();

    /// <summary>What runs beside probes the data disk, and tells the loop.</summary>
    public bool DiskProbe { get; init; }

    public required bool KeepRedirect { get; init; }

    /// <summary>When the daemon before refreshed its lease for the last time; null when nobody knows.</summary>
    public Instant? LastRefresh { get; init; }

    /// <summary>Takes each refresh of the lease down for the next daemon.</summary>
    public Action<Instant>? Refreshed { get; init; }
}

/// <summary>
/// The daemon's tasks over the edges it is given (server, tables, disk, clock), from the first event to the last. The
/// program gives it the real ones, the simulation its own.
/// </summary>
internal sealed class DaemonProcess
{
    /// <summary>The order of who starts the next daemon at once: it ends and leaves the redirect to that one.</summary>
    public const string HandOver = "SIGUSR2";

    /// <summary>
    /// How long a stop may take at the most, whatever hangs: the next daemon must have the gate before the lease ends.
    /// With the end of the process itself it is 3 s, which is what operators are told.
    /// </summary>
    public static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(2.8);

    /// <summary>
    /// How long a stop waits for the tables. The lease has closed the gate by then, and the next daemon takes a rule
    /// away that was left.
    /// </summary>
    private static readonly TimeSpan SettleLimit = TimeSpan.FromSeconds(1.2);

    /// <summary>The same where no lease closes the gate: a rule that stays would let clients in for ever.</summary>
    private static readonly TimeSpan SettleLimitWithoutLease = TimeSpan.FromSeconds(8);

    /// <summary>How long a stop waits for a command that changes a table and was told to end.</summary>
    private static readonly TimeSpan WorkersLimit = TimeSpan.FromSeconds(0.3);

    /// <summary>
    /// How much of a stop's time the disk must leave for what comes after it: the last events to the archive, the last
    /// lines to the log.
    /// </summary>
    private static readonly TimeSpan AfterTheDisk = TimeSpan.FromSeconds(0.5);

    private readonly DaemonSetup _setup;
    private readonly LatestSnapshot _latest;
    private readonly GateLoop _loop;
    private readonly Clock _clock;
    private readonly JournalFile _file;
    private readonly JournalWriter _journal;
    private readonly List<RedirectWorker> _workers;
    private readonly ILease? _lease;
    private readonly LeaseWorker? _leaseWorker;
    private readonly ResetWorker? _resetWorker;
    private readonly HoldFile _holdFile;
    private readonly StallWatch _stalls;
    private readonly ILogger _log;

    /// <param name="latest">What it starts from, and where it shows how things stand from then on.</param>
    /// <param name="write">Brings events to disk, through the file.</param>
    public DaemonProcess(
        DaemonSetup setup,
        LatestSnapshot latest,
        Clock clock,
        IProbe probe,
        IFirewall tables,
        ILease? lease,
        IConnections? connections,
        JournalFile file,
        Func<IReadOnlyList<Envelope>, Task> write,
        ILogger log)
    {
        (_setup, _latest, _clock, _lease, _file, _log) = (setup, latest, clock, lease, file, log);
        Outbox = new Outbox(Queue.PutAsync, clock.Now, clock.Time);
        _journal = new JournalWriter(write, Outbox);
        _workers =
        [
            .. setup.Families.Select(family => new RedirectWorker(
                tables, family, new Outbox(Queue.PutAsync, clock.Now, clock.Chores))),
        ];
        _leaseWorker = lease is null ? null : new LeaseWorker(lease, file.Seq, Outbox, setup.Refreshed);
        _resetWorker = connections is null ? null : new ResetWorker(connections, Outbox);
        _stalls = new StallWatch(Queue, clock);
        _loop = new GateLoop(Queue, _stalls, _journal, _workers, _leaseWorker, _resetWorker, latest, log);
        var longestPause = Prober.LongestPauseUnder(lease?.Length, setup.ProbeTimeout + LeaseWorker.RefreshEvery);
        Prober = new Prober(
            probe,
            setup.CheckInterval,
            longestPause,
            latest,
            Queue,
            _stalls,
            clock);
        _holdFile = new HoldFile(setup.HoldFiles, setup.LookAtHoldFiles, setup.CheckInterval, Queue, clock, log);
    }

    public SignalQueue Queue { get; } = new();

    /// <summary>The way into that queue for whoever works beside the loop.</summary>
    public Outbox Outbox { get; }

    public Prober Prober { get; }

    /// <summary>True if a daemon that stops for this leaves its redirect to the next one.</summary>
    public bool Keeps(string why) => _setup.KeepRedirect || why == HandOver;

    /// <summary>How long a stop for this may take before it is cut off.</summary>
    public TimeSpan LimitOf(string why) => StopLimit + (SettleLimitOf(why) - SettleLimit);

    /// <summary>
    /// Works until the stop completes with what ended it; says how many events the disk did not take.
    /// </summary>
    /// <param name="handOver">Called at the stop, once this daemon changes nothing of the gate any more: gives away
    /// what the next one needs, and waits for little.</param>
    /// <param name="beside">What else runs as long as the daemon does.</param>
    public async Task<long> RunAsync(
        Task<string> stop, Func<Task>? handOver = null, params IReadOnlyList<Func<CancellationToken, Task>> beside)
    {
        using var ending = new CancellationTokenSource();
        var now = _clock.Now();
        var starting = new Starting(
            now,
            About.Version,
            _setup.Policy,
            _file.Seq,
            _setup.Families,
            _file.Repair,
            _lease?.Length,
            _lease?.Lives() ?? false,
            _setup.DiskProbe,
            LastRefreshAsOf(now));
        await Queue.PutAsync(starting, CancellationToken.None);
        var writing = _journal.RunAsync(ending.Token);
        var looping = _loop.RunAsync();
        var working = _workers.ConvertAll(worker => worker.RunAsync(ending.Token));
        var holding = _holdFile.RunAsync(ending.Token);
        var probing = ProbeAsync(ending.Token);
        var watching = _stalls.RunAsync(ending.Token);
        List<Task> leasing = _leaseWorker is null ? [] : [_leaseWorker.RunAsync(ending.Token)];
        List<Task> resetting = _resetWorker is null ? [] : [_resetWorker.RunAsync(ending.Token)];
        var others = beside.Select(run => run(ending.Token)).ToList();

        // Whichever of them ends before the stop has failed, and the process with it.
        var first = await Task.WhenAny(
            [stop, looping, writing, holding, probing, watching, .. leasing, .. resetting, .. working, .. others]);
        await first;
        var why = await stop;

        var began = _clock.Time.GetTimestamp();
        await Queue.PutAsync(new Stopping(_clock.Now(), Keeps(why)), CancellationToken.None);
        var settleLimit = SettleLimitOf(why);
        await Task.WhenAny(AwaitedAsync(_loop.Settled), looping, Task.Delay(settleLimit, _clock.Time));
        if (!_loop.Settled.IsCompleted)
        {
            Log.NotSettled(_log, settleLimit.TotalSeconds);
        }

        await Queue.PutAsync(new Stopped(_clock.Now(), why), CancellationToken.None);
        Queue.End();
        await looping;
        Cancel(ending);

        // First that nothing of this daemon changes the gate any more, then the gate's hand-over, and only then what
        // may wait: the disk.
        await Task.WhenAny(AwaitedAsync(Task.WhenAll(working)), Task.Delay(WorkersLimit, _clock.Time));
        await (handOver?.Invoke() ?? Task.CompletedTask);
        var left = LimitOf(why) - AfterTheDisk - _clock.Time.GetElapsedTime(began);
        await Task.WhenAny(writing, Task.Delay(left > TimeSpan.Zero ? left : TimeSpan.Zero, _clock.Time));
        if (!writing.IsCompleted)
        {
            return _latest.Current.State.Seq - _file.Seq;
        }

        await writing;
        return _journal.Unwritten;
    }

    /// <summary>After a boot the last event bounds it: nothing in /run outlives one.</summary>
    private Instant? LastRefreshAsOf(Instant now)
    {
        var (refreshed, seen) = (_setup.LastRefresh, _latest.Current.Standing.Access.Seen);
        return seen is { } last && now.Since(last) is null ? last
            : refreshed is { } known && now.Since(known) >= TimeSpan.Zero ? known
            : null;
    }

    private TimeSpan SettleLimitOf(string why) =>
        _lease is null && _setup.Families.Count > 0 && !Keeps(why) ? SettleLimitWithoutLease : SettleLimit;

    /// <summary>
    /// The server is not judged before the hold files are: a gate must not open in the moment before its hold is seen.
    /// </summary>
    private async Task ProbeAsync(CancellationToken cancellationToken)
    {
        await _holdFile.Reported.WaitAsync(cancellationToken);
        await Prober.RunAsync(cancellationToken);
    }

    /// <summary>Goes on where it was called, whatever completes the task.</summary>
    private static async Task AwaitedAsync(Task task) => await task;

    /// <summary>Here and now: who is cancelled ends in this order, not when a thread is free.</summary>
    private static void Cancel(CancellationTokenSource source) => source.Cancel();
}
