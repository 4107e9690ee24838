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

/// <summary>The daemon's settings that do not change after the start.</summary>
internal sealed record DaemonSetup
{
    public required Policy Policy { get; init; }

    /// <summary>The address families whose rules are kept; none for a dry run.</summary>
    public required IReadOnlyList<Family> Families { get; init; }

    public required TimeSpan CheckInterval { get; init; }

    public required TimeSpan ProbeTimeout { get; init; }

    public required IReadOnlyList<string> HoldFiles { get; init; }

    /// <summary>Checks all hold files at once.</summary>
    public required Func<IReadOnlyList<string>, Task<IReadOnlyList<HoldLook>>> LookAtHoldFiles { get; init; }

    /// <summary>Another task probes the data disk and reports to the loop.</summary>
    public bool DiskProbe { get; init; }

    public required bool KeepRedirect { get; init; }

    /// <summary>When the previous daemon last refreshed its lease; null if unknown.</summary>
    public Instant? LastRefresh { get; init; }

    /// <summary>Records each refresh of the lease for the next daemon.</summary>
    public Action<Instant>? Refreshed { get; init; }
}

/// <summary>
/// The daemon's tasks, from the first event to the last, connected to the given server, firewall, disk and clock: real
/// ones in the program, simulated ones in the simulation.
/// </summary>
internal sealed class DaemonProcess
{
    /// <summary>The signal for a restart: the daemon ends but leaves the redirect to the next one.</summary>
    public const string HandOver = "SIGUSR2";

    /// <summary>
    /// The longest time for a stop, whatever hangs: the next daemon must have the gate before the lease ends. Together
    /// with the end of the process it is 3 s, the figure in the documentation.
    /// </summary>
    public static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(2.8);

    /// <summary>
    /// How long a stop waits for the rules. The lease has closed the gate by then, and the next daemon removes a rule
    /// that was left.
    /// </summary>
    private static readonly TimeSpan SettleLimit = TimeSpan.FromSeconds(1.2);

    /// <summary>The same without a lease: a rule left behind would admit clients for ever.</summary>
    private static readonly TimeSpan SettleLimitWithoutLease = TimeSpan.FromSeconds(8);

    /// <summary>How long a stop waits for a firewall command that was told to end.</summary>
    private static readonly TimeSpan WorkersLimit = TimeSpan.FromSeconds(0.3);

    /// <summary>
    /// The part of a stop's time that is reserved for the steps after the disk: shipping the last events to the
    /// archive, writing the last log lines.
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

    /// <param name="latest">The state to start from; updated with every snapshot.</param>
    /// <param name="write">Writes events to disk, through the file.</param>
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

    /// <summary>Lets other tasks put signals into that queue.</summary>
    public Outbox Outbox { get; }

    public Prober Prober { get; }

    /// <summary>True if a stop for this reason leaves the redirect to the next daemon.</summary>
    public bool Keeps(string why) => _setup.KeepRedirect || why == HandOver;

    /// <summary>How long a stop for this reason may take before it is cut off.</summary>
    public TimeSpan LimitOf(string why) => StopLimit + (SettleLimitOf(why) - SettleLimit);

    /// <summary>
    /// Runs until the stop task completes with its reason; returns how many events could not be written.
    /// </summary>
    /// <param name="handOver">Called during the stop, once this daemon no longer changes the gate: releases what the
    /// next daemon needs, and waits only briefly.</param>
    /// <param name="beside">Other tasks that run as long as the daemon does.</param>
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

        // A task that ends before the stop has failed, and so the process must end.
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

        // First stop everything that changes the gate, then hand the gate over, and only then finish the disk, which
        // can wait.
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

    /// <summary>After a reboot the last event is the bound, because nothing in /run survives a reboot.</summary>
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
    /// The hold files are read before the server is judged, so that a gate never opens before its hold is seen.
    /// </summary>
    private async Task ProbeAsync(CancellationToken cancellationToken)
    {
        await _holdFile.Reported.WaitAsync(cancellationToken);
        await Prober.RunAsync(cancellationToken);
    }

    /// <summary>Continues on the caller's thread, whichever thread completes the task.</summary>
    private static async Task AwaitedAsync(Task task) => await task;

    /// <summary>Cancels synchronously, so that tasks end in a fixed order and not when a thread is free.</summary>
    private static void Cancel(CancellationTokenSource source) => source.Cancel();
}
