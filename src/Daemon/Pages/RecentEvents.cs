using GaleraGate.Daemon.Options;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Archive;
using GaleraGate.Infrastructure.Journal;
using GaleraGate.Infrastructure.Linux;
using Npgsql;

namespace GaleraGate.Daemon.Pages;

/// <summary>
/// The last days of this node from its journal, and of the other nodes of its cluster from the archive if there is one.
/// Read at the first request; after that only new events are read. Requests never touch the loop's thread, and a disk
/// or an archive that hangs delays only the viewers.
/// </summary>
internal sealed class RecentEvents(string journal, string node, string cluster, ArchiveAddress? archive, Clock clock)
    : IAsyncDisposable
{
    /// <summary>
    /// The longest period that pages show and that is kept of each node; of older events only those needed for the
    /// state are kept.
    /// </summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    private const int MostEvents = 5_000;

    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(20);

    /// <summary>The minimum time between two queries to the archive, however many viewers there are.</summary>
    private static readonly TimeSpan AskArchiveEvery = TimeSpan.FromSeconds(5);

    private static readonly HashSet<string> LaneTypes = [.. Swimlane.Types];

    private readonly SemaphoreSlim _one = new(1);
    private readonly Stretch _own = new();
    private readonly SortedDictionary<string, Stretch> _others = new(StringComparer.Ordinal);
    private readonly NpgsqlDataSource? _source = archive?.Open();
    private (Instant At, string? Trouble)? _asked;

    /// <summary>The journal's first problem; null if none.</summary>
    private string? _damage;

    /// <summary>The data that a page draws for the last hours.</summary>
    /// <exception cref="TimeoutException">This request, or another one before it, takes too long.</exception>
    public async Task<LaneData> ReadAsync(TimeSpan length, CancellationToken cancellationToken)
    {
        if (!await _one.WaitAsync(AskLimit, cancellationToken))
        {
            throw new TimeoutException("the journal or the archive is still being read");
        }

        // The requester may leave: a started read is finished before the next begins.
        var reading = Task.Run(() => Read(length), CancellationToken.None);
        _ = reading.ContinueWith(
            _ => _one.Release(),
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        return await reading.WaitAsync(AskLimit, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _one.Dispose();
        if (_source is not null)
        {
            await _source.DisposeAsync();
        }
    }

    private LaneData Read(TimeSpan length)
    {
        var now = clock.Now();
        var oldest = now.Utc - Longest;
        var lines = _own.Seq == 0
            ? JournalReader.LinesFor(journal, oldest)
            : JournalReader.Lines(journal, new JournalFilter { From = _own.Seq + 1 });
        _own.Take(lines.Where(IsEvent).Select(line => line.Envelope!), oldest);
        if (_source is not null && (_asked is not { } asked || now.Since(asked.At) > AskArchiveEvery))
        {
            _asked = (now, ReadOthers(_source, oldest));
        }

        List<Envelope> events =
        [
            .. GaleraOrder.Merge(
                _others.Values.Select(other => Completed(other, now)).Prepend(_own.Events), envelope => envelope),
        ];
        var notes = new Notes(events.Where(envelope => envelope.Event is Annotated));
        return LaneData.Of(events, now.Utc - length, now.Utc, notes, _damage ?? _asked?.Trouble);
    }

    /// <summary>If the archive does not answer, its silence says nothing about the other nodes.</summary>
    private IEnumerable<Envelope> Completed(Stretch other, Instant now) => _asked is { Trouble: null }
        ? RecordEnd.Complete(other.Events, () => new Witness(now, other.Seen, null))
        : other.Events;

    private bool IsEvent(JournalLine line)
    {
        if (line.Problem is { } problem and not JournalReader.Dropped)
        {
            var where = $"{Path.GetFileName(line.Segment)} at byte {line.Start}";
            _damage ??= $"{where}: {Terminal.Plain(problem)}; see galeragate audit verify";
        }

        return line.Envelope is not null;
    }

    /// <summary>Why they cannot be read; null if they can.</summary>
    private string? ReadOthers(NpgsqlDataSource source, DateTimeOffset oldest)
    {
        try
        {
            var queries = new ArchiveQueries(source, archive!.Schema);
            if (queries.StreamsAsync(CancellationToken.None).GetAwaiter().GetResult() is not { } streams)
            {
                return "the archive does not exist yet: only this node is shown";
            }

            foreach (var stream in streams.Where(stream => stream.Cluster == cluster && stream.Node != node))
            {
                if (!_others.TryGetValue(stream.Node, out var stretch))
                {
                    stretch = new Stretch();
                    var first =
                        queries.Events(stream.Stream, since: oldest, page: 1).FirstOrDefault()?.Envelope.Seq
                        ?? stream.Events + 1;
                    stretch.Take(
                        queries
                            .Events(stream.Stream, types: LaneTypes)
                            .Select(recorded => recorded.Envelope)
                            .TakeWhile(envelope => envelope.Seq < first),
                        oldest);
                    stretch.GoOnBehind(first - 1);
                    // Stored only now: if reading is interrupted before, it starts over.
                    _others[stream.Node] = stretch;
                }

                stretch.Take(
                    queries.Events(stream.Stream, after: stretch.Seq).Select(recorded => recorded.Envelope), oldest);
            }

            return null;
        }
        catch (NpgsqlException e)
        {
            return $"the archive at {archive!.Connection.Host} does not answer, the other nodes are as it last told: "
                + $"{Terminal.Plain(e.Message.ReplaceLineEndings(" "))}";
        }
    }

    /// <summary>One node's last days, and what is kept of earlier events.</summary>
    private sealed class Stretch
    {
        private readonly Carry<Envelope> _before = new();
        private readonly Queue<Envelope> _recent = new();

        public long Seq { get; private set; }

        /// <summary>When the last event happened.</summary>
        public DateTimeOffset? Seen { get; private set; }

        public IEnumerable<Envelope> Events => _before.Items.Concat(_recent);

        /// <summary>Events up to this seq that were not read are not needed.</summary>
        public void GoOnBehind(long seq) => Seq = Math.Max(Seq, seq);

        public void Take(IEnumerable<Envelope> events, DateTimeOffset oldest)
        {
            foreach (var envelope in events.Where(envelope => envelope.Seq > Seq))
            {
                (Seq, Seen) = (envelope.Seq, envelope.At.Utc);
                _recent.Enqueue(envelope);
                Trim();
            }

            Trim();

            void Trim()
            {
                while (_recent.TryPeek(out var first) && (first.At.Utc < oldest || _recent.Count > MostEvents))
                {
                    _before.Take(first, _recent.Dequeue());
                }
            }
        }
    }
}
