using System.Runtime.CompilerServices;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Firewall;
using GaleraGate.Infrastructure.Journal;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Daemon.Audit;

/// <summary>A journal's directory.</summary>
/// <param name="report">Called for each line that was modified after it was written.</param>
internal sealed class JournalSource(string directory, Action<JournalLine> report) : AuditSource
{
    private const int MostAtOnce = 1000;

    public override string Name => directory;

    public override IEnumerable<AuditEntry> Read(JournalFilter filter) =>
        JournalReader.Lines(directory, filter).Where(IsEvent).Select(Entry);

    public override IEnumerable<Envelope> All(IReadOnlySet<string>? types) => ToItsEnd(From(null, types));

    public override IEnumerable<Envelope> Within(DateTimeOffset? since, DateTimeOffset? until) =>
        until < Witness().Now.Utc ? From(since, null, until) : ToItsEnd(From(since));

    public override IEnumerable<Envelope> StateAt(DateTimeOffset time) => UntilKnown(ToItsEnd(From(time)), time);

    protected override (IReadOnlyList<Closure> Ended, ClosureState? End) Closures(
        DateTimeOffset? since, DateTimeOffset? until) => JournalSummaries.Closures(directory, report);

    public override (IReadOnlyList<Sample> Samples, RecordState End) Samples() =>
        JournalSummaries.Samples(directory, report);

    public override IEnumerable<Envelope> Notes() => JournalSummaries.Notes(directory, report);

    public override bool Knows(string node) => JournalReader.Events(directory).Any(one => one.Node == node);

    public override Witness Witness() => new(Clock.OfThisHost().Now(), null, RefreshFile.LastOf(directory));

    public override async IAsyncEnumerable<AuditEntry> FollowAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var read = JournalTail.FollowAsync(directory, 0, MostAtOnce, TimeProvider.System, cancellationToken);
        await foreach (var lines in read)
        {
            foreach (var line in lines.Where(IsEvent))
            {
                yield return Entry(line);
            }
        }
    }

    private IEnumerable<Envelope> From(
        DateTimeOffset? time, IReadOnlySet<string>? types = null, DateTimeOffset? until = null) =>
        JournalReader.LinesFor(directory, time, types, until).Where(IsEvent).Select(line => line.Envelope!);

    /// <summary>The events up to a time, and those soon after it that report what happened before it.</summary>
    private static IEnumerable<Envelope> UntilKnown(IEnumerable<Envelope> events, DateTimeOffset at)
    {
        DateTimeOffset? first = null;
        foreach (var envelope in events)
        {
            if (envelope.At.Utc > at && envelope.At.Utc > (first ??= envelope.At.Utc) + FoundWithin)
            {
                yield break;
            }

            yield return envelope;
        }
    }

    private static AuditEntry Entry(JournalLine line) => new(line.Envelope!, () => line.Bytes);

    /// <summary>Reports a damaged line and skips it.</summary>
    private bool IsEvent(JournalLine line)
    {
        if (line.Problem is not null)
        {
            report(line);
        }

        return line.Envelope is not null;
    }
}
