using System.Runtime.CompilerServices;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Archive;
using GaleraGate.Infrastructure.Journal;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Daemon.Audit;

/// <summary>A node's stream in the archive.</summary>
/// <param name="together">All streams that the command reads.</param>
/// <param name="page">How many events are read at once.</param>
internal sealed class ArchivedSource(
    ArchiveQueries queries, ArchivedStreams together, ArchivedStream stream, int page) : AuditSource
{
    private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(1);

    public override string Name => stream.Stream;

    public override string? Cluster => stream.Cluster;

    public override IEnumerable<AuditEntry> Read(JournalFilter filter) =>
        queries
            .Events(Name, filter.Since, filter.Until, filter.From - 1, filter.Types, page, filter.Caused)
            .Select(Entry);

    public override IEnumerable<Envelope> All(IReadOnlySet<string>? types) =>
        ToItsEnd(queries.Events(Name, types: types, page: page).Select(one => one.Envelope));

    public override IEnumerable<Envelope> Within(DateTimeOffset? since, DateTimeOffset? until) =>
        IfEnded(From(since ?? DateTimeOffset.MinValue, until));

    public override IEnumerable<Envelope> StateAt(DateTimeOffset time) =>
        IfEnded(From(time, time).Concat(together.FirstAfter(Name, time, FoundWithin)));

    protected override (IReadOnlyList<Closure> Ended, ClosureState? End) Closures(
        DateTimeOffset? since, DateTimeOffset? until)
    {
        var closures = together.Closures(Name, since, until);
        return (closures.Ended, closures.End);
    }

    public override (IReadOnlyList<Sample> Samples, RecordState End) Samples()
    {
        var fold = new RecordFold(RecordState.None);
        foreach (var recorded in queries.Events(Name, page: page))
        {
            fold.Take(recorded.Envelope);
        }

        return (fold.Samples, fold.State);
    }

    public override IEnumerable<Envelope> Notes() => together.Notes(Name);

    public override bool Knows(string node) => stream.Node == node;

    public override Witness Witness() => new(Clock.OfThisHost().Now(), stream.Last, null);

    public override async IAsyncEnumerable<AuditEntry> FollowAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var last = 0L; ;)
        {
            foreach (var recorded in queries.Events(Name, null, null, last))
            {
                last = recorded.Envelope.Seq;
                yield return Entry(recorded);
            }

            await Task.Delay(AskEvery, cancellationToken);
        }
    }

    private IEnumerable<Envelope> From(DateTimeOffset time, DateTimeOffset? until)
    {
        var begin = together.Begin(Name, time);
        return begin.Events.Concat(
            together.After(Name, time, until)
            ?? queries.Events(Name, null, until, begin.Version, page: page).Select(one => one.Envelope));
    }

    /// <summary>Infers the end of the lease only if the record was read to its end.</summary>
    private IEnumerable<Envelope> IfEnded(IEnumerable<Envelope> events)
    {
        var last = 0L;
        var all = ToItsEnd(events.Select(one =>
        {
            last = one.Seq;
            return one;
        }));
        return all.Where(one => !one.IsInferred || last >= stream.Events);
    }

    private static AuditEntry Entry(ChainedEvent recorded) => new(recorded.Envelope, () => HashChain.Line(recorded));
}
