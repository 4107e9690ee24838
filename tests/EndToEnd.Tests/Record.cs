using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Journal;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests;

/// <summary>What must hold for the journal of every run, whatever the run was.</summary>
internal static class Record
{
    public static void MustHold(GateDaemon daemon)
    {
        var lines = Segment.Of(daemon.Journal).SelectMany(JournalReader.Lines).ToList();
        var events = lines.Select(line => line.Envelope!).ToList();

        Assert.All(lines, line => Assert.NotNull(line.Hash));
        Assert.Equal(HashChain.Genesis, HashChain.Prev(lines[0].Bytes.Span));
        Assert.All(
            lines.Zip(lines.Skip(1)), pair => Assert.Equal(pair.First.Hash, HashChain.Prev(pair.Second.Bytes.Span)));
        Assert.Equal(Enumerable.Range(1, events.Count), events.Select(envelope => (int)envelope.Seq));

        var state = new GateState();
        foreach (var envelope in events)
        {
            if (envelope.Event is DaemonStopped stopped)
            {
                Assert.Equal(stopped.Checkpoint, state.Checkpoint);
            }

            state = GateDecider.Evolve(state, envelope);
            if (envelope.Event is RedirectAdded or RedirectRemoved)
            {
                MustLeadBack(events, envelope);
            }
        }

        // Each redirect that was added was removed or is the one in place, so the record adds up to what the tables
        // hold. Only another program adds a second one.
        foreach (var family in Enum.GetValues<Family>())
        {
            var (count, foreign) = (0, 0);
            foreach (var envelope in events)
            {
                count += envelope.Event switch
                {
                    RedirectAdded added when added.Change.Family == family => 1,
                    RedirectRemoved removed when removed.Change.Family == family => -1,
                    DriftFound { IsRedirect: true } drift when drift.Family == family => drift.IsThere ? 1 : -1,
                    _ => 0,
                };
                foreign = envelope.Event switch
                {
                    DriftFound { IsRedirect: true, IsThere: true } drift when drift.Family == family => foreign + 1,
                    DriftMended mended when mended.Family == family => 0,
                    _ => foreign,
                };
                Assert.InRange(count, 0, 1 + foreign);
            }
        }
    }

    /// <summary>Each opening and closing with its reason, in order: the message when a count is wrong.</summary>
    public static IReadOnlyList<string> GateChanges(GateDaemon daemon) =>
    [
        .. daemon.Events(nameof(GateOpened), nameof(GateClosed))
            .Select(line =>
            {
                var hasReason = line.GetProperty("data").TryGetProperty("reason", out var reason);
                return $"{line.GetProperty("type").GetString()} {(hasReason ? reason.GetString() : "")}".TrimEnd();
            }),
    ];

    /// <summary>
    /// From a rule, through gate and verdict, back to an observation, to an operator, or to a daemon that stopped or
    /// started.
    /// </summary>
    private static void MustLeadBack(List<Envelope> events, Envelope envelope)
    {
        var at = envelope;
        while (at.Cause is { } cause)
        {
            Assert.InRange(cause, 1, at.Seq - 1);
            at = events[(int)cause - 1];
        }

        Assert.True(
            at.Event
                is ObservationChanged
                    or HoldPlaced
                    or HoldLifted
                    or DaemonStarted
                    or GateClosed { Reason: GateDecider.StoppedReason },
            $"#{envelope.Seq} leads back to {at.Type}");
    }
}
