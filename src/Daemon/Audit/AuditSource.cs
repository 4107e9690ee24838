using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using GaleraGate.Daemon.Options;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Archive;
using GaleraGate.Infrastructure.Journal;
using Npgsql;

namespace GaleraGate.Daemon.Audit;

/// <summary>An event from a source, with its journal line.</summary>
internal sealed record AuditEntry(Envelope Envelope, Func<ReadOnlyMemory<byte>> Line)
{
    /// <summary>The line as text for another program; a modified line gets its doubt as one more field.</summary>
    public string Text()
    {
        var text = Encoding.UTF8.GetString(Line().Span);
        return Envelope.Doubt is { } doubt
            ? $"{text.AsSpan().TrimEnd()[..^1]},\"doubt\":\"{JsonEncodedText.Encode(doubt)}\"}}"
            : text;
    }
}

/// <summary>One stream of events in its own order: a journal's directory, or a node's stream in the archive.</summary>
internal abstract class AuditSource
{
    /// <summary>
    /// A daemon that resumes or starts after a time reports what it finds about that time within this duration of its
    /// first event.
    /// </summary>
    protected static readonly TimeSpan FoundWithin = TimeSpan.FromSeconds(10);

    private const int EventsInMemory = 50_000;
    private const int LeastPage = 50;

    /// <summary>Its name, for the message about an empty result.</summary>
    public abstract string Name { get; }

    /// <summary>Its cluster; null for a journal, which does not record it.</summary>
    public virtual string? Cluster => null;

    /// <summary>The events that match.</summary>
    public abstract IEnumerable<AuditEntry> Read(JournalFilter filter);

    /// <summary>Every event of some types; of all types if none are given.</summary>
    public abstract IEnumerable<Envelope> All(IReadOnlySet<string>? types);

    /// <summary>
    /// The events of a period, preceded by those that fold to the state at its beginning. May return more events after
    /// the period.
    /// </summary>
    public abstract IEnumerable<Envelope> Within(DateTimeOffset? since, DateTimeOffset? until);

    /// <summary>The events that fold to the state as of a time, and some after it.</summary>
    public abstract IEnumerable<Envelope> StateAt(DateTimeOffset time);

    /// <summary>Its closures, including one that has not ended. May leave out what does not affect a period.</summary>
    public IEnumerable<Closure> ClosuresToItsEnd(DateTimeOffset? since, DateTimeOffset? until)
    {
        var (ended, end) = Closures(since, until);
        var lasting = LapseAfter(end) is { } lapse ? end!.Fold.After(lapse, out _).Lasting : end?.Fold.Lasting;
        return lasting is null ? ended : ended.Append(lasting);
    }

    /// <summary>The inferred expiry of the lease after the last event, if it can be inferred.</summary>
    public Envelope? LapseAfter(ClosureState? end) =>
        end is null ? null : RecordEnd.LapseAfter(end.Node, end.Seq, end.Fold.Access, Witness);

    /// <summary>
    /// The closures that ended, and the fold at the end of the record. May leave out what does not affect a period.
    /// </summary>
    protected abstract (IReadOnlyList<Closure> Ended, ClosureState? End) Closures(
        DateTimeOffset? since, DateTimeOffset? until);

    /// <summary>The samples for statistics, and the fold at the end of the record.</summary>
    public abstract (IReadOnlyList<Sample> Samples, RecordState End) Samples();

    /// <summary>Notes that people wrote about its events.</summary>
    public abstract IEnumerable<Envelope> Notes();

    /// <summary>What is known apart from the events.</summary>
    public abstract Witness Witness();

    /// <summary>The events up to the last one, followed by the lease's expiry if it can be inferred.</summary>
    protected IEnumerable<Envelope> ToItsEnd(IEnumerable<Envelope> events) => RecordEnd.Complete(events, Witness);

    /// <summary>New events after a seq, as they arrive.</summary>
    public abstract IAsyncEnumerable<AuditEntry> FollowAsync(CancellationToken cancellationToken);

    /// <param name="report">Called for each line that was modified after it was written.</param>
    /// <exception cref="FormatException">There is no journal.</exception>
    public static AuditSource OfJournal(string directory, Action<JournalLine> report) =>
        !Directory.Exists(directory)
            ? throw new FormatException($"there is no journal in {directory}: give --journal DIR")
            : !JournalReader.IsJournal(directory)
                ? throw new FormatException($"{directory} is not a journal: no segment is in it")
                : new JournalSource(directory, report);

    /// <summary>Whether it has an event of a node.</summary>
    public abstract bool Knows(string node);

    /// <summary>
    /// The streams of an archive: of one cluster, or of all if its name is empty; of the named nodes, or of all.
    /// </summary>
    /// <exception cref="FormatException">The archive has not been created, or lacks the cluster; the message is one
    /// line for people.</exception>
    /// <exception cref="NpgsqlException">It does not answer.</exception>
    [SuppressMessage("Reliability", "CA2000", Justification = "open until the command has ended")]
    public static IReadOnlyList<AuditSource> OfArchive(
        ArchiveAddress address, string cluster, IReadOnlyList<string> nodes)
    {
        var source = address.Open();
        var queries = new ArchiveQueries(source, address.Schema);
        var streams = queries.StreamsAsync(CancellationToken.None).GetAwaiter().GetResult()
            ?? throw new FormatException(
                $"there is no archive in schema {address.Schema} of {address.Connection.Host}: galeragate archive "
                + "init makes it");
        if (cluster.Length > 0 && streams.Count > 0 && streams.All(stream => stream.Cluster != cluster))
        {
            var known = string.Join(", ", streams.Select(stream => stream.Cluster).Distinct());
            throw new FormatException($"--cluster: the archive has no cluster {cluster}; it has {known}");
        }

        var wanted = streams
            .Where(stream =>
                (cluster.Length == 0 || stream.Cluster == cluster)
                && (nodes.Count == 0 || nodes.Contains(stream.Node)))
            .ToList();
        // Limits the memory for all streams together.
        var page = Math.Clamp(EventsInMemory / Math.Max(1, wanted.Count), LeastPage, ArchiveQueries.DefaultPage);
        var models = ArchiveReadModels.OfAsync(source, address.Schema, CancellationToken.None).GetAwaiter().GetResult();
        var together = new ArchivedStreams(models, [.. wanted.Select(stream => stream.Stream)]);
        return [.. wanted.Select(stream => new ArchivedSource(queries, together, stream, page))];
    }
}
