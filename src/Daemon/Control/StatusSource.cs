using GaleraGate.Daemon.Loop;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Daemon.Control;

/// <summary>Creates the status report from the loop's snapshot and the parts that run beside the loop.</summary>
internal sealed class StatusSource(DaemonFacts facts, Prober prober, ClientCount clients, Clock clock)
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    public StatusReport Of(Snapshot shown)
    {
        var now = clock.Now();
        var (state, memory, standing) = (shown.State, shown.Memory, shown.Standing);
        var onDisk = Math.Min(memory.Synced, state.Seq);
        return new StatusReport
        {
            Version = About.Version,
            Node = memory.Node,
            Pid = Environment.ProcessId,
            DryRun = facts.DryRun,
            At = now.Utc,
            Started = standing.Started.Utc,
            Uptime = Ago(standing.Started, now),
            Settled = Redirect.IsReached(state, memory) && memory.Synced >= state.Seq,
            Gate = GateNow(shown, now),
            NodeState = new NodeReport(
                state.NodeState.ToString(), standing.NodeStateSince.Utc, Ago(standing.NodeStateSince, now)),
            Verdict = state.Verdict,
            Holds = [.. standing.Holds.Select(hold => Hold(hold, now))],
            Redirects = [.. memory.Families.Select(family => RedirectOf(family, shown))],
            Lease = LeaseNow(state, memory),
            Firewall = facts.Firewall,
            Probe = ProbeNow(now),
            Variables = memory.Answer is { } answer ? ObservedVariable.Rows(answer).ToDictionary() : [],
            Disk = facts.DiskProbe is { } disk ? new DiskReport(disk, state.DiskTrouble) : null,
            Journal = new JournalReport(facts.Journal, state.Seq, onDisk, memory.JournalTrouble),
            Archive = facts.Shipped is { } stream ? ArchiveNow(stream, onDisk, now) : null,
            Clients = clients.Now(),
            Outside = clients.Outside(),
            Served = ServedNow(standing.Hours.Now(now)),
            Counters = standing.Counters,
            Policy = memory.Policy.Settings.ToDictionary(),
            Recent = [.. standing.Recent.Select(Event)],
        };
    }

    private GateReport GateNow(Snapshot shown, Instant now)
    {
        var (state, memory, standing) = (shown.State, shown.Memory, shown.Standing);
        var (next, words) = (NextStep.Of(state, memory, now), GateWords.Of(state, memory, standing, now));
        return new GateReport(
            state.Phase.ToString().ToLowerInvariant(),
            state.Phase.LetsTrafficIn(),
            facts.GatePort,
            facts.ServerPort,
            standing.GateSince.Utc,
            Ago(standing.GateSince, now),
            standing.GateEvent?.Seq,
            standing.GateEvent is { } turned ? EventText.Of(turned.Event) : null,
            next.Words,
            next.Observations,
            next.Time?.TotalSeconds,
            state.OpenAfter.TotalSeconds,
            state.Penalty.Now(now, GatePolicy.HalfLife))
        {
            Why = words.Why,
            WhatNow = words.Next,
            ClosedLastHour = standing.Hours.ClosingsWithin(Hour, now),
        };
    }

    private static ServedReport ServedNow(GateHours hours) => new(
        hours.Open.TotalSeconds,
        [.. hours.Closed.Select(row => new RefusedReport(row.Key, row.Value.TotalSeconds))]);

    private static HoldReport Hold(HoldInForce hold, Instant now) =>
        new(hold.Hold.ToString().ToLowerInvariant(), hold.By, hold.Why, hold.At.Utc, Ago(hold.At, now));

    private static RedirectReport RedirectOf(Family family, Snapshot shown)
    {
        var (state, memory) = (shown.State, shown.Memory);
        return new RedirectReport(
            family.ToString().ToLowerInvariant(),
            Redirect.Wanted(state, memory)?.Opened is not null,
            memory.InPlace.TryGetValue(family, out var opened) ? opened is not null : null,
            state.Redirects.Of(family).Rules,
            state.Failures.Of(family));
    }

    private LeaseReport LeaseNow(GateState state, GateMemory memory) => memory.Lease is { } length
        ? new LeaseReport(length.TotalSeconds, state.Leased is not null, state.LeaseFailure)
        : new LeaseReport(null, null, facts.NoLease);

    private ProbeReport ProbeNow(Instant now)
    {
        var interval = facts.CheckInterval.TotalSeconds;
        return prober.Tally is { } tally
            ? new ProbeReport(
                facts.Server,
                interval,
                tally.Probes,
                tally.Failed,
                now.Since(tally.Ended)!.Value.TotalSeconds,
                tally.Took.TotalSeconds,
                tally.Error == ProbeError.None ? null : tally.Error.Name(),
                tally.Answered is { } answered ? now.Since(answered)?.TotalSeconds : null)
            : new ProbeReport(facts.Server, interval, 0, 0, null, null, null, null);
    }

    private static ArchiveReport ArchiveNow(ShippedStream stream, long onDisk, Instant now)
    {
        var report = stream.Report();
        double? lag = report.Waiting is { } waiting ? Math.Max(0, Ago(waiting, now))
            : onDisk <= report.Shipped ? 0
            : null;
        return new ArchiveReport(stream.Name, report.Shipped, onDisk - report.Shipped, lag, report.Trouble)
        {
            ReadModelTrouble = report.ReadModelTrouble,
        };
    }

    private static EventReport Event(Envelope envelope) =>
        new(envelope.Seq, envelope.At.Utc, envelope.Type, EventText.Of(envelope.Event));

    /// <summary>By the monotonic clock; for a moment of another boot, by the wall clock.</summary>
    private static double Ago(Instant then, Instant now) => (now.Since(then) ?? now.Utc - then.Utc).TotalSeconds;
}
