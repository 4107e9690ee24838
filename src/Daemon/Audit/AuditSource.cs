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

/// <summary>An event as a source has it, and the line that it is in a journal.</summary>
internal sealed record AuditEntry(Envelope Envelope, Func<ReadOnlyMemory<byte>> Line)
{
    /// <summary>
    /// The line as text for another program; of one that is not as it was written, with its doubt as one more field.
    /// </summary>
    public string Text()
    {
        var text = Encoding.UTF8.GetString(Line().Span);
        return Envelope.Doubt is { } doubt
            ? $"{text.AsSpan().TrimEnd()[..^1]},\"doubt\":\"{JsonEncodedText.Encode(doubt)}\"}}"
            : text;
    }
}

/// <summary>One stream of events, in its own order: a journal's directory, or a node's stream in the archive.</summary>
internal abstract class AuditSource
{
    /// <summary>
    /// What a daemon that thawed or started after a time found of that time: it finds it within so long of its first
    /// event.
    /// </summary>
    protected static readonly TimeSpan FoundWithin = TimeSpan.FromSeconds(10);

    private const int EventsInMemory = 50_000;
    private const int LeastPage = 50;

    /// <summary>What it is, for an empty answer.</summary>
    public abstract string Name { get; }

    /// <summary>The cluster that it is of; null of a journal, which does not say.</summary>
    public virtual string? Cluster => null;

    /// <summary>The events that are wanted.</summary>
    public abstract IEnumerable<AuditEntry> Read(JournalFilter filter);

    /// <summary>Every event of some types; of all when none are named.</summary>
    public abstract IEnumerable<Envelope> All(IReadOnlySet<string>? types);

    /// <summary>
    /// The events of a time, and before them those that fold to the state as it was when it began. More may come after
    /// them.
    /// </summary>
    public abstract IEnumerable<Envelope> Within(DateTimeOffset? since, DateTimeOffset? until);

    /// <summary>The events that fold to the state as of a time, and some after it.</summary>
    public abstract IEnumerable<Envelope> StateAt(DateTimeOffset time);

    /// <summary>Its closures, that of its end among them. What does not matter to a time may be left out.</summary>
    public IEnumerable<Closure> ClosuresToItsEnd(DateTimeOffset? since, DateTimeOffset? until)
    {
        var (ended, end) = Closures(since, until);
        var lasting = LapseAfter(end) is { } lapse ? end!.Fold.After(lapse, out _).Lasting : end?.Fold.Lasting;
        return lasting is null ? ended : ended.Append(lasting);
    }

    /// <summary>That the lease ended after the last event, if that follows.</summary>
    public Envelope? LapseAfter(ClosureState? end) =>
        end is null ? null : RecordEnd.LapseAfter(end.Node, end.Seq, end.Fold.Access, Witness);

    /// <summary>
    /// The closures that ended, and how things stand at the end of the record. What does not matter to a time may be
    /// left out.
    /// </summary>
    protected abstract (IReadOnlyList<Closure> Ended, ClosureState? End) Closures(
        DateTimeOffset? since, DateTimeOffset? until);

    /// <summary>What statistics count, and how things stand at the end of the record.</summary>
    public abstract (IReadOnlyList<Sample> Samples, RecordState End) Samples();

    /// <summary>What people wrote about its events.</summary>
    public abstract IEnumerable<Envelope> Notes();

    /// <summary>What is known beside the events.</summary>
    public abstract Witness Witness();

    /// <summary>Some of its events to the last one, and that the lease ended after them, if that follows.</summary>
    protected IEnumerable<Envelope> ToItsEnd(IEnumerable<Envelope> events) => RecordEnd.Complete(events, Witness);

    /// <summary>The events that come behind a seq, as they come.</summary>
    public abstract IAsyncEnumerable<AuditEntry> FollowAsync(CancellationToken cancellationToken);

    /// <param name="report">Is told of each line that is not as it was written.</param>
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
    /// The streams of an archive: of a cluster, or of all where its name is empty; of the nodes named, or of all.
    /// </summary>
    /// <exception cref="FormatException">
    /// It was never made, or lacks the cluster; the message is one line for people.
    /// </exception>
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
        // All together they hold no more in memory than a few do.
        var page = Math.Clamp(EventsInMemory / Math.Max(1, wanted.Count), LeastPage, ArchiveQueries.DefaultPage);
        var models = ArchiveReadModels.OfAsync(source, address.Schema, CancellationToken.None).GetAwaiter().GetResult();
        var together = new ArchivedStreams(models, [.. wanted.Select(stream => stream.Stream)]);
        return [.. wanted.Select(stream => new ArchivedSource(queries, together, stream, page))];
    }
}
