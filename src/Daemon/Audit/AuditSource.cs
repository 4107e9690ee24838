using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using GaleraGate.Daemon.Options;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Archive;
using GaleraGate.Infrastructure.Firewall;
using GaleraGate.Infrastructure.Journal;
using GaleraGate.Infrastructure.Linux;
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
    private const int EventsInMemory = 50_000;
    private const int LeastPage = 50;

    /// <summary>What it is, for an empty answer.</summary>
    public abstract string Name { get; }

    /// <summary>The cluster that it is of; null of a journal, which does not say.</summary>
    public virtual string? Cluster => null;

    /// <summary>The events that are wanted.</summary>
    public abstract IEnumerable<AuditEntry> Read(JournalFilter filter);

    /// <summary>
    /// Events that fold to the state as of a time, and those behind it; from the first on where no time is given.
    /// </summary>
    public abstract IEnumerable<Envelope> ReadFor(DateTimeOffset? time, IReadOnlySet<string>? types);

    /// <summary>The closures that ended, and how things stand at the end of the record.</summary>
    public virtual (IReadOnlyList<Closure> Ended, ClosureState? End) Closures() =>
        ClosureState.Of(ReadFor(null, Failovers.Types.ToHashSet(StringComparer.Ordinal)));

    /// <summary>What is known beside the events.</summary>
    public abstract Witness Witness();

    /// <summary>The events that come behind a seq, as they come.</summary>
    public abstract IAsyncEnumerable<AuditEntry> FollowAsync(CancellationToken cancellationToken);

    /// <param name="report">Is told of each line that is not as it was written.</param>
    /// <exception cref="FormatException">There is no journal.</exception>
    public static AuditSource OfJournal(string directory, Action<JournalLine> report) =>
        !Directory.Exists(directory)
            ? throw new FormatException($"there is no journal in {directory}: give --journal DIR")
            : !JournalReader.IsJournal(directory)
                ? throw new FormatException($"{directory} is not a journal: no segment is in it")
                : new Journal(directory, report);

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
        var queries = new ArchiveQueries(address.Open(), address.Schema);
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
        return [.. wanted.Select(stream => new Archived(queries, stream, page))];
    }

    private sealed class Journal(string directory, Action<JournalLine> report) : AuditSource
    {
        private const int MostAtOnce = 1000;

        public override string Name => directory;

        public override IEnumerable<AuditEntry> Read(JournalFilter filter) =>
            JournalReader.Lines(directory, filter).Where(IsEvent).Select(Entry);

        public override IEnumerable<Envelope> ReadFor(DateTimeOffset? time, IReadOnlySet<string>? types) =>
            JournalReader.LinesFor(directory, time, types).Where(IsEvent).Select(line => line.Envelope!);

        public override (IReadOnlyList<Closure> Ended, ClosureState? End) Closures() =>
            JournalClosures.Read(directory, report);

        public override bool Knows(string node) => JournalReader.Events(directory).Any(one => one.Node == node);

        public override Witness Witness() => new(Clock.OfThisHost().Now(), null, RefreshFile.LastOf(directory));

        public override async IAsyncEnumerable<AuditEntry> FollowAsync(
            [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
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

        private static AuditEntry Entry(JournalLine line) => new(line.Envelope!, () => line.Bytes);

        /// <summary>A damaged line is reported and passed over.</summary>
        private bool IsEvent(JournalLine line)
        {
            if (line.Problem is not null)
            {
                report(line);
            }

            return line.Envelope is not null;
        }
    }

    private sealed class Archived(ArchiveQueries queries, ArchivedStream stream, int page) : AuditSource
    {
        private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(1);

        public override string Name => stream.Stream;

        public override string? Cluster => stream.Cluster;

        public override IEnumerable<AuditEntry> Read(JournalFilter filter) =>
            queries
                .Events(stream.Stream, filter.Since, filter.Until, filter.From - 1, filter.Types, page)
                .Select(Entry);

        public override IEnumerable<Envelope> ReadFor(DateTimeOffset? time, IReadOnlySet<string>? types) =>
            Read(new JournalFilter { Types = types }).Select(entry => entry.Envelope);

        public override bool Knows(string node) => stream.Node == node;

        public override Witness Witness() => new(Clock.OfThisHost().Now(), stream.Last, null);

        public override async IAsyncEnumerable<AuditEntry> FollowAsync(
            [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            for (var last = 0L; ;)
            {
                foreach (var recorded in queries.Events(stream.Stream, null, null, last))
                {
                    last = recorded.Envelope.Seq;
                    yield return Entry(recorded);
                }

                await Task.Delay(AskEvery, cancellationToken);
            }
        }

        private static AuditEntry Entry(ChainedEvent recorded) =>
            new(recorded.Envelope, () => HashChain.Line(recorded));
    }
}
