using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Tests.Audit;

/// <summary>The record of one node, written event by event.</summary>
internal sealed class Recorded(string node = "n1")
{
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(5);

    public List<Envelope> All { get; } = [];

    /// <summary>A gate that opened at 1 and has a running lease.</summary>
    public static Recorded Open(string node = "n1") =>
        new Recorded(node).At(0, Started(null)).At(1, new GateOpened("synced")).At(1, new LeaseArmed(2, Lease));

    public static Standing StandingOf(IEnumerable<Envelope> events) =>
        events.Aggregate(new Standing(), (standing, envelope) => standing.After(envelope));

    public static RecordFold FoldOf(IEnumerable<Envelope> events, RecordState? begin = null)
    {
        var fold = new RecordFold(begin ?? RecordState.None);
        foreach (var envelope in events)
        {
            fold.Take(envelope);
        }

        return fold;
    }

    /// <summary>The periods in which no gate was open.</summary>
    public static IEnumerable<Shortage> NoneOpen(IEnumerable<Envelope> events) =>
        Shortages.Of(GateTurns.Of(Failovers.Closures(events)), 1);

    /// <summary>The seconds of <see cref="Given.Second"/>.</summary>
    public static double Seconds(DateTimeOffset time) => (time - Given.Second(0).Utc).TotalSeconds;

    public static DateTimeOffset? Utc(double? second) => second is { } known ? Given.Second(known).Utc : null;

    public static DaemonStarted Started(Instant? refreshed) =>
        new("1", new Dictionary<string, string>(), TimeSpan.Zero, Lease, null, refreshed);

    public Recorded At(double second, AuditEvent happened, ulong? view = null) =>
        At(Given.Second(second), happened, view);

    public Recorded At(Instant at, AuditEvent happened, ulong? view = null)
    {
        All.Add(new Envelope(All.Count + 1, at, node, happened, null, view, null));
        return this;
    }

    public Recorded Close(double second, string reason, bool planned = false, ulong? view = null) =>
        At(second, new GateClosed(reason, planned, TimeSpan.Zero, 0), view);
}
