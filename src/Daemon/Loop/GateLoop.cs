using GaleraGate.Daemon.Logging;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Connections;
using GaleraGate.Infrastructure.Firewall;
using GaleraGate.Infrastructure.Journal;
using Microsoft.Extensions.Logging;

namespace GaleraGate.Daemon.Loop;

/// <summary>
/// Owns state and memory. One turn: take a signal, decide, fold, pass the events to the journal and the wish to the
/// workers. It awaits nothing but its queue: not iptables, not the disk, not the probe. It catches no exception: a
/// failed turn ends the process.
/// </summary>
internal sealed class GateLoop(
    SignalQueue queue,
    StallWatch stalls,
    IJournal journal,
    IReadOnlyList<RedirectWorker> workers,
    LeaseWorker? lease,
    ResetWorker? resets,
    LatestSnapshot latest,
    ILogger log)
{
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Redirect? _wish;

    /// <summary>
    /// Completes when the daemon is stopping, the rules are as wanted, and no client remains that must be reset at
    /// once.
    /// </summary>
    public Task Settled => _settled.Task;

    public async Task RunAsync()
    {
        await foreach (var (signal, taken) in queue.TakeAllAsync())
        {
            // Report a stall before signals that waited in the queue during it.
            foreach (var stalled in stalls.Take())
            {
                Turn(stalled);
                if (lease?.RanOut() is { } ranOut)
                {
                    Turn(ranOut);
                }
            }

            if (signal is not Stalled)
            {
                Turn(signal);
            }

            _ = taken?.TrySetResult(latest.Current);
        }

        journal.End();
    }

    private void Turn(Signal signal)
    {
        var before = latest.Current;
        var (state, memory, events) = GateDecider.Take(before.State, before.Memory, signal);
        if (events.Count > 0)
        {
            journal.Append(events);
        }

        if (Redirect.Wanted(state, memory) is { } wish)
        {
            // The lease comes first: when the gate closes, the lease alone already refuses clients.
            lease?.Want(wish.Opened, memory.ObservedAt);
            foreach (var worker in wish == _wish ? [] : workers)
            {
                worker.Want(wish);
            }

            _wish = wish;
        }

        var clients = ClientReset.Wanted(state, memory);
        resets?.Want(clients);
        if (memory.Stopping
            && Redirect.IsReached(state, memory)
            && (resets is null || clients is not { After.Ticks: 0 }))
        {
            _ = _settled.TrySetResult();
        }

        var standing = before.Standing;
        foreach (var envelope in events)
        {
            standing = standing.After(envelope);
            Log.Event(log, envelope);
        }

        latest.Current = new Snapshot(state, memory, standing) { Events = events };
        if (memory.JournalTrouble != before.Memory.JournalTrouble)
        {
            Log.Journal(log, memory.JournalTrouble, memory.Policy.Gate.RequireJournal);
        }
    }
}
