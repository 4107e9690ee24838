using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using GaleraGate.Domain;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;
using GaleraGate.Infrastructure.Archive;
using GaleraGate.Infrastructure.Journal;
using GaleraGate.Lab;
using Npgsql;

namespace GaleraGate.Infrastructure.Tests.Archive;

/// <summary>
/// A journal on a real disk is shipped to a real PostgreSQL. Whatever one event contains, the others arrive.
/// </summary>
public sealed class ShippingTests : IClassFixture<Postgres>, IDisposable
{
    private const string Stream = "node/galera/n1";
    private const long Small = 64 << 10;

    private readonly string _root = Directory.CreateTempSubdirectory("galeragate-shipping").FullName;
    private readonly ConcurrentQueue<(long First, long Last, string Why)> _aside = [];
    private readonly PostgresServer _server;
    private readonly string _schema = "s" + Guid.NewGuid().ToString("N")[..12];
    private readonly NpgsqlDataSource _source;
    private readonly MartenArchive _archive;
    private readonly ArchiveQueries _queries;

    public ShippingTests(Postgres postgres)
    {
        _server = postgres.Server;
        _source = NpgsqlDataSource.Create(_server.Connection);
        _archive = new MartenArchive(_source, _schema);
        _queries = new ArchiveQueries(_source, _schema);
    }

    private string Folder => Path.Combine(_root, "journal");

    public void Dispose()
    {
        _archive.Dispose();
        _source.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task A_null_character_in_a_servers_value_is_archived_and_restored()
    {
        await _archive.InitializeAsync(CancellationToken.None);
        Write(1, 700, seq => seq % 100 == 50 ? Said("a\0b\\u0000\"c") : new GateOpened("synced"));

        await ShipAsync(700, () => 700);

        var there = _queries.Events(Stream).Select(one => HashChain.Line(one)).ToList();
        var here = JournalReader.Lines(Folder, JournalFilter.All).Select(line => line.Bytes.ToArray()).ToList();
        Assert.Equal(here, there);
        Assert.Empty(_aside);
        var said = _queries.Events(Stream, types: new HashSet<string> { nameof(ObservationChanged) }).ToList();
        Assert.Equal([50, 150, 250, 350, 450, 550, 650], said.Select(one => (int)one.Envelope.Seq));
        Assert.All(said, one => Assert.Equal(Said("a\0b\\u0000\"c"), one.Envelope.Event));
    }

    [Fact]
    public async Task An_event_that_PostgreSQL_always_refuses_becomes_a_gap_and_is_reported()
    {
        await _archive.InitializeAsync(CancellationToken.None);
        _ = _server.Sql($"""
            CREATE FUNCTION {_schema}.refuse() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'numeric field overflow' USING ERRCODE = '22003'; END $$;
            CREATE TRIGGER refuse BEFORE INSERT ON {_schema}.mt_events FOR EACH ROW
            WHEN (NEW.version = 33 AND NEW.data::text NOT LIKE '%refuses it%') EXECUTE FUNCTION {_schema}.refuse();
            """);
        Write(1, 50, _ => new GateOpened("synced"));

        await ShipAsync(50, () => 50);

        var there = _queries.Events(Stream).ToList();
        Assert.Equal(Enumerable.Range(1, 50), there.Select(one => (int)one.Envelope.Seq));
        Assert.Equal("PostgreSQL refuses it: numeric field overflow (22003)",
            Assert.IsType<AuditGap>(there[32].Envelope.Event).Why);
        Assert.Equal(JournalReader.HashAt(Folder, 33), there[32].Hash);
        Assert.Equal((33, 33), Assert.Single(_aside) is var (first, last, _) ? (first, last) : default);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Damaged_lines_become_a_reported_gap_and_later_events_are_shipped(bool isCompressed)
    {
        await _archive.InitializeAsync(CancellationToken.None);
        Write(1, 1000, _ => new GateOpened("synced"));
        JournalKeeper.Compress(Folder, CancellationToken.None);
        var segments = Segment.Of(Folder);
        var segment = isCompressed ? segments[1] : segments[^1];
        var bytes = File.ReadAllBytes(segment);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(segment, bytes);

        await ShipAsync(1000, () => 1000);

        var there = _queries.Events(Stream).ToList();
        Assert.Equal(Enumerable.Range(1, 1000), there.Select(one => (int)one.Envelope.Seq));
        Assert.InRange(_aside.Count, 1, isCompressed ? 3 : 1);
        Assert.InRange(_aside.First().First, Segment.FirstSeq(segment), _aside.Last().Last);
        // A compressed segment is lost from the first byte that cannot be read.
        Assert.Equal(isCompressed, _aside.Last().Last == Segment.FirstSeq(segments[2]) - 1);
        Assert.All(there, one => Assert.Equal(
            one.Envelope.Event is AuditGap,
                _aside.Any(gap => one.Envelope.Seq >= gap.First && one.Envelope.Seq <= gap.Last)));
        Assert.All(
            there.Where(one => one.Envelope.Event is not AuditGap && one.Envelope.Seq % 10 == 0),
            one => Assert.Equal(JournalReader.HashAt(Folder, one.Envelope.Seq), one.Hash));
    }

    [Fact]
    public async Task A_gap_at_the_archives_end_does_not_block_a_later_start()
    {
        await _archive.InitializeAsync(CancellationToken.None);
        Write(1, 20, _ => new GateOpened("synced"));
        var lines = File.ReadAllLines(Segment.Of(Folder)[^1]);
        lines[9] = lines[9].Replace("synced", "unsung", StringComparison.Ordinal);
        File.WriteAllLines(Segment.Of(Folder)[^1], lines);
        await ShipAsync(20, () => 20);
        _ = _server.Sql($"DELETE FROM {_schema}.mt_events WHERE version > 10; UPDATE {_schema}.mt_streams SET "
            + $"version = 10");

        await ShipAsync(20, () => 20);

        Assert.Equal(Enumerable.Range(1, 20), _queries.Events(Stream).Select(one => (int)one.Envelope.Seq));
    }

    [Fact]
    public async Task Events_that_are_not_on_disk_yet_are_not_shipped()
    {
        await _archive.InitializeAsync(CancellationToken.None);
        var onDisk = 6L;
        Write(1, 10, _ => new GateOpened("synced"));
        using var ending = new CancellationTokenSource();
        var shipper = Shipper(() => Volatile.Read(ref onDisk));
        var shipping = shipper.RunAsync(ending.Token);
        await shipper.AwaitAsync(6, TimeSpan.FromSeconds(20));
        // As after a failed write: these lines are cut off, and others take their place.
        await Task.Delay(700);
        Assert.Equal(6, await _archive.VersionAsync(Stream, CancellationToken.None));
        var kept = File.ReadAllLines(Segment.Of(Folder)[^1])[..6];
        File.WriteAllLines(Segment.Of(Folder)[^1], kept);
        Write(7, 3, _ => new GateStayedOpen());
        Volatile.Write(ref onDisk, 9);

        await shipper.AwaitAsync(9, TimeSpan.FromSeconds(20));
        await ending.CancelAsync();
        await shipping;

        Assert.Equal(9, shipper.Report.Shipped);
        Assert.Equal([.. Enumerable.Range(1, 9).Select(seq => JournalReader.HashAt(Folder, seq))],
            _queries.Events(Stream).Select(one => one.Hash));
    }

    [Theory]
    [InlineData(1, 100, 100, 100)]
    [InlineData(1, 100, 37, 37)]
    [InlineData(1, 100, 1, 1)]
    [InlineData(1, 100, 0, 0)]
    [InlineData(40, 100, 39, 0)]
    [InlineData(40, 100, 77, 77)]
    public async Task The_end_of_the_common_history_is_found_by_binary_search(int first, int last, int common, int end)
    {
        var asked = 0;
        string Hash(long seq, string after) => seq <= common ? $"{seq}" : $"{seq} {after}";

        Assert.Equal(end, await CommonHistory.EndAsync(
            first, last, seq => Hash(seq, "ours"), seq => Task.FromResult<string?>(Hash(seq, $"theirs{asked++}"))));
        Assert.InRange(asked, 1, 7);
        // An event that either side has lost proves nothing, so the search uses those before and after it.
        Assert.InRange(
            await CommonHistory.EndAsync(
                first,
                last,
                seq => seq % 5 == 2 ? null : Hash(seq, "ours"),
                seq => Task.FromResult<string?>(seq % 7 == 3 ? ChainedEvent.NoHash : Hash(seq, "theirs"))),
            end == 0 ? 0 : end - 2,
            end == 0 ? 0 : end + 2);
    }

    private async Task ShipAsync(long seq, Func<long> onDisk)
    {
        using var ending = new CancellationTokenSource();
        var shipper = Shipper(onDisk);
        var shipping = shipper.RunAsync(ending.Token);
        await shipper.AwaitAsync(seq, TimeSpan.FromSeconds(20));
        await ending.CancelAsync();
        await shipping;
        Assert.True(shipper.Report.Shipped == seq, $"shipped #{shipper.Report.Shipped}: {shipper.Report.Trouble}");
    }

    private ArchiveShipper Shipper(Func<long> onDisk) => new(
        _archive,
        _queries,
        Stream,
        new ShippedJournal
        {
            FirstSeq = () => JournalReader.FirstSeq(Folder),
            LastSeq = onDisk,
            HashAt = seq => JournalReader.HashAt(Folder, seq),
            Follow = (from, cancellationToken) => FollowAsync(from, onDisk, cancellationToken),
            Refused = why => throw new InvalidOperationException(why),
            SetAside = (first, last, why) =>
            {
                _aside.Enqueue((first, last, why));
                return Task.CompletedTask;
            },
        },
        TimeProvider.System);

    private async IAsyncEnumerable<IReadOnlyList<ChainedEvent>> FollowAsync(
        long from, Func<long> onDisk, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var lines in JournalTail.FollowAsync(
            Folder, from, ArchiveShipper.MaxBatch, TimeProvider.System, cancellationToken, onDisk))
        {
            yield return
            [
                .. lines.Where(line => line.Hash is not null)
                    .Select(line => new ChainedEvent(line.Envelope!, HashChain.Prev(line.Bytes.Span)!, line.Hash!)),
            ];
        }
    }

    private static ObservationChanged Said(string text) => new(ObservedVariable.ReadAnswer(
        [new("wsrep_local_state", "4"), new("wsrep_local_state_comment", text), new("read_only", "OFF")]));

    private void Write(int first, int count, Func<int, AuditEvent> what)
    {
        using var file = JournalFile.Open(Folder, Small);
        for (var seq = first; seq < first + count; seq++)
        {
            var at = new Instant(new DateTimeOffset(2026, 11, 21, 3, 14, 0, TimeSpan.Zero).AddSeconds(seq),
                TimeSpan.FromSeconds(seq), "b");
            file.Append([new Envelope(seq, at, "n1", what(seq), null, null, null)]);
        }
    }
}
