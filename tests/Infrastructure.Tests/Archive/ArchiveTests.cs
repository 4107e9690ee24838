using GaleraGate.Domain;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Archive;
using GaleraGate.Infrastructure.Journal;
using GaleraGate.Infrastructure.Tests.Json;
using GaleraGate.Lab;
using JasperFx.Events;
using Npgsql;
using ExistingStreamIdCollisionException = Marten.Exceptions.ExistingStreamIdCollisionException;

namespace GaleraGate.Infrastructure.Tests.Archive;

/// <summary>A real PostgreSQL that the tests of a class share.</summary>
public sealed class Postgres : IDisposable
{
    public PostgresServer Server { get; } = PostgresServer.Begin();

    public void Dispose() => Server.Dispose();
}

/// <summary>
/// The archive against a real PostgreSQL: what is shipped is there once and unchanged, and comes back unchanged.
/// </summary>
public sealed class ArchiveTests : IClassFixture<Postgres>, IDisposable
{
    private const string Stream = "node/galera/n1";

    private readonly PostgresServer _server;
    private readonly string _schema = "s" + Guid.NewGuid().ToString("N")[..12];
    private readonly NpgsqlDataSource _source;
    private readonly MartenArchive _archive;
    private readonly ArchiveQueries _queries;

    public ArchiveTests(Postgres postgres)
    {
        _server = postgres.Server;
        _source = NpgsqlDataSource.Create(_server.Connection);
        _archive = new MartenArchive(_source, _schema);
        _queries = new ArchiveQueries(_source, _schema);
    }

    public void Dispose()
    {
        _archive.Dispose();
        _source.Dispose();
    }

    [Fact]
    public async Task Every_event_type_is_restored_byte_for_byte()
    {
        await _archive.InitializeAsync(CancellationToken.None);
        var events = Chain([.. EventCodecTests.OneOfEach, new UnknownEvent("FromTheFuture", """{"a":[1,null]}""")]);

        await _archive.AppendAsync(Stream, events, CancellationToken.None);

        var back = _queries.Events(Stream).ToList();
        Assert.Equal(events.Count, back.Count);
        Assert.All(events.Zip(back), pair =>
        {
            Assert.Equal(
                System.Text.Encoding.UTF8.GetString(HashChain.Line(pair.First)),
                System.Text.Encoding.UTF8.GetString(HashChain.Line(pair.Second)));
            Assert.Equal(pair.First.Hash, HashChain.Verify(HashChain.Line(pair.Second)));
        });
    }

    /// <summary>A field unknown to this version, another order of fields, another notation of a number.</summary>
    [Fact]
    public async Task A_line_of_another_version_is_restored_byte_for_byte()
    {
        await _archive.InitializeAsync(CancellationToken.None);
        var opened = "{\"seq\":1,\"at\":\"2026-11-21T03:14:00.000001Z\",\"mono\":1.50,\"boot\":\"b\",\"node\":\"n1\","u8
            + "\"type\":\"GateOpened\",\"more\":1,\"data\":{\"because\":\"\\u0000\",\"reason\":\"synced\"}"u8;
        var (line, hash) = HashChain.Seal(opened, HashChain.Genesis);
        var envelope = GaleraGate.Infrastructure.Json.EventCodec.Read(line);
        var shipped = new ChainedEvent(envelope, HashChain.Genesis, hash) { Line = line.AsMemory()[..^1] };

        await _archive.AppendAsync(Stream, [shipped], CancellationToken.None);

        var back = Assert.Single(_queries.Events(Stream));
        Assert.Equal(line[..^1], HashChain.Line(back));
        Assert.Equal((envelope, hash), (back.Envelope, HashChain.Verify(HashChain.Line(back))));
        Assert.NotEqual(line[..^1], HashChain.Line(back with { Line = null }));
    }

    [Fact]
    public async Task An_append_that_does_not_follow_the_last_event_changes_nothing()
    {
        await _archive.InitializeAsync(CancellationToken.None);
        var events = Chain(10);
        await _archive.AppendAsync(Stream, events[..5], CancellationToken.None);

        await Assert.ThrowsAsync<ExistingStreamIdCollisionException>(() =>
            _archive.AppendAsync(Stream, events[..5], CancellationToken.None));
        await Assert.ThrowsAsync<EventStreamUnexpectedMaxEventIdException>(() =>
            _archive.AppendAsync(Stream, events[4..8], CancellationToken.None));
        await Assert.ThrowsAsync<EventStreamUnexpectedMaxEventIdException>(() =>
            _archive.AppendAsync(Stream, events[7..], CancellationToken.None));

        Assert.Equal(5, await _archive.VersionAsync(Stream, CancellationToken.None));
        await _archive.AppendAsync(Stream, events[5..], CancellationToken.None);
        Assert.Equal(Enumerable.Range(1, 10), _queries.Events(Stream).Select(recorded => (int)recorded.Envelope.Seq));
    }

    [Fact]
    public async Task Queries_filter_by_time_type_and_seq_and_use_their_indexes()
    {
        await _archive.InitializeAsync(CancellationToken.None);
        await _archive.InitializeAsync(CancellationToken.None);
        var events = Chain(3000);
        await _archive.AppendAsync(Stream, events, CancellationToken.None);
        await _archive.AppendAsync("node/other/n1", events[..7], CancellationToken.None);
        var (since, until) = (events[1000].Envelope.At.Utc, events[1009].Envelope.At.Utc);

        Assert.Equal(
            Enumerable.Range(1001, 10),
            _queries.Events(Stream, since, until).Select(recorded => (int)recorded.Envelope.Seq));
        Assert.Equal(
            Enumerable.Range(1, 3000), _queries.Events(Stream, page: 7).Select(recorded => (int)recorded.Envelope.Seq));
        Assert.Equal([2999, 3000], _queries.Events(Stream, after: 2998).Select(recorded => (int)recorded.Envelope.Seq));
        Assert.Empty(_queries.Events(Stream, since, until, types: new HashSet<string> { "HoldPlaced" }));
        Assert.Equal(10, _queries.Events(Stream, since, until, types: new HashSet<string> { "GateOpened" }).Count());
        Assert.Equal(events[41].Hash, await _queries.HashAsync(Stream, 42, CancellationToken.None));
        Assert.Equal(
            [("galera", "n1", 3000L), ("other", "n1", 7L)],
            (await _queries.StreamsAsync(CancellationToken.None))!.Select(one => (one.Cluster, one.Node, one.Events)));
        _ = _server.Sql($"ANALYZE {_schema}.mt_events");
        Assert.Contains(
            "galeragate_events_by_time",
            _server.Sql(
                $"EXPLAIN SELECT data FROM {_schema}.mt_events WHERE stream_id = '{Stream}' AND timestamp BETWEEN "
                + $"'{since:O}' AND '{until:O}'"),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_streams_than_connections_are_read_side_by_side()
    {
        await _archive.InitializeAsync(CancellationToken.None);
        await _archive.AppendAsync(Stream, Chain(30), CancellationToken.None);
        await using var few = NpgsqlDataSource.Create(_server.Connection + ";Maximum Pool Size=2");
        var queries = new ArchiveQueries(few, _schema);

        var readers = Enumerable.Range(0, 50).Select(_ => queries.Events(Stream, page: 10).GetEnumerator()).ToList();

        Assert.All(readers, reader => Assert.True(reader.MoveNext()));
        readers.ForEach(reader => reader.Dispose());
    }

    [Fact]
    public async Task Queries_report_an_archive_that_was_never_created() =>
        Assert.Null(await _queries.StreamsAsync(CancellationToken.None));

    [Fact]
    public async Task Shipping_needs_only_the_documented_rights_and_reading_needs_less()
    {
        await _archive.InitializeAsync(CancellationToken.None);
        _ = _server.Sql($"""
            CREATE ROLE ship_{_schema} LOGIN; GRANT USAGE ON SCHEMA {_schema} TO ship_{_schema};
            GRANT SELECT, INSERT, UPDATE ON {_schema}.mt_streams TO ship_{_schema};
            GRANT SELECT, INSERT ON {_schema}.mt_events TO ship_{_schema};
            GRANT USAGE ON SEQUENCE {_schema}.mt_events_sequence TO ship_{_schema};
            CREATE ROLE read_{_schema} LOGIN; GRANT USAGE ON SCHEMA {_schema} TO read_{_schema};
            GRANT SELECT ON {_schema}.mt_streams, {_schema}.mt_events TO read_{_schema};
            """);
        await using var shipping = NpgsqlDataSource.Create(
            _server.Connection.Replace("Username=postgres", $"Username=ship_{_schema}", StringComparison.Ordinal));
        await using var reading = NpgsqlDataSource.Create(
            _server.Connection.Replace("Username=postgres", $"Username=read_{_schema}", StringComparison.Ordinal));
        var events = Chain(20);

        using var shipped = new MartenArchive(shipping, _schema);
        await shipped.AppendAsync(Stream, events[..10], CancellationToken.None);
        await shipped.AppendAsync(Stream, events[10..], CancellationToken.None);
        Assert.Equal(20, new ArchiveQueries(reading, _schema).Events(Stream).Count());
        using var refused = new MartenArchive(reading, _schema);
        var refusal = await Assert.ThrowsAnyAsync<Exception>(() =>
            refused.AppendAsync("node/galera/n2", Chain(1), CancellationToken.None));
        Assert.Equal("42501: permission denied for table mt_streams", ArchiveFailure.Words(refusal));
        await Assert.ThrowsAsync<PostgresException>(async () =>
            await shipping.CreateCommand($"DELETE FROM {_schema}.mt_events").ExecuteNonQueryAsync());
    }

    /// <summary>The shipper's role may only call functions; in some databases not every role has that right.</summary>
    [Fact]
    public async Task Without_public_functions_shipping_needs_the_right_to_execute_them()
    {
        await _archive.InitializeAsync(CancellationToken.None);
        _ = _server.Sql($"""
            CREATE ROLE ship_{_schema} LOGIN; GRANT USAGE ON SCHEMA {_schema} TO ship_{_schema};
            GRANT SELECT, INSERT, UPDATE ON {_schema}.mt_streams TO ship_{_schema};
            GRANT SELECT, INSERT ON {_schema}.mt_events TO ship_{_schema};
            GRANT USAGE ON SEQUENCE {_schema}.mt_events_sequence TO ship_{_schema};
            REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA {_schema} FROM PUBLIC;
            """);
        await using var source = NpgsqlDataSource.Create(
            _server.Connection.Replace("Username=postgres", $"Username=ship_{_schema}", StringComparison.Ordinal));
        using var shipping = new MartenArchive(source, _schema);

        var refusal = await Assert.ThrowsAnyAsync<Exception>(() =>
            shipping.AppendAsync(Stream, Chain(3), CancellationToken.None));
        Assert.StartsWith(
            "42501: permission denied for function", ArchiveFailure.Words(refusal), StringComparison.Ordinal);

        _ = _server.Sql($"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {_schema} TO ship_{_schema}");
        await shipping.AppendAsync(Stream, Chain(3), CancellationToken.None);
    }

    [Fact]
    public async Task Shipping_to_a_missing_schema_says_what_to_do()
    {
        var refusal = await Assert.ThrowsAnyAsync<Exception>(() =>
            _archive.AppendAsync(Stream, Chain(1), CancellationToken.None));

        Assert.True(ArchiveFailure.IsOfDatabase(refusal));
        Assert.Contains("archive init", ArchiveFailure.Words(refusal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_nodes_with_one_name_are_detected_and_nothing_is_shipped()
    {
        await _archive.InitializeAsync(CancellationToken.None);
        await _archive.AppendAsync(Stream, Chain(10), CancellationToken.None);
        var refusals = new List<string>();
        foreach (var hash in new[] { null, new string('f', 64) })
        {
            using var ending = new CancellationTokenSource();
            var journal = new ShippedJournal
            {
                FirstSeq = () => 1,
                LastSeq = () => hash is null ? 9 : 10,
                HashAt = _ => hash,
                Follow = (_, _) => throw new InvalidOperationException("nothing is to be shipped"),
                Refused = why =>
                {
                    refusals.Add(why);
                    return ending.CancelAsync();
                },
                SetAside = (_, _, why) => throw new InvalidOperationException(why),
            };
            var shipper = new ArchiveShipper(_archive, _queries, Stream, journal, TimeProvider.System);
            await shipper.RunAsync(ending.Token).WaitAsync(TimeSpan.FromSeconds(20));
            Assert.NotNull(shipper.Report.Trouble);
        }

        Assert.Contains("does not hold #10", refusals[0], StringComparison.Ordinal);
        Assert.Contains("is not this journal's", refusals[1], StringComparison.Ordinal);
        Assert.Equal(10, await _archive.VersionAsync(Stream, CancellationToken.None));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(4999)]
    public async Task Events_deleted_before_shipping_become_a_gap_and_later_ones_are_shipped(
        int shipped)
    {
        await _archive.InitializeAsync(CancellationToken.None);
        var events = Chain(5020);
        foreach (var batch in events[..shipped].Chunk(1000))
        {
            await _archive.AppendAsync(Stream, batch, CancellationToken.None);
        }

        using var ending = new CancellationTokenSource();
        var journal = new ShippedJournal
        {
            FirstSeq = () => 5001,
            LastSeq = () => 5020,
            HashAt = _ => null,
            Follow = (_, cancellationToken) => Batches(events[5000..], cancellationToken),
            Refused = why => throw new InvalidOperationException(why),
            SetAside = (_, _, why) => throw new InvalidOperationException(why),
        };
        var shipper = new ArchiveShipper(_archive, _queries, Stream, journal, TimeProvider.System);
        var shipping = shipper.RunAsync(ending.Token);
        await shipper.AwaitAsync(5020, TimeSpan.FromSeconds(20));
        await ending.CancelAsync();
        await shipping;

        var there = _queries.Events(Stream).ToList();
        Assert.Equal(Enumerable.Range(1, 5020), there.Select(one => (int)one.Envelope.Seq));
        Assert.All(
            there[shipped..5000],
            one =>
                Assert.Equal(
                    (shipped + 1, 5000), (((AuditGap)one.Envelope.Event).First, ((AuditGap)one.Envelope.Event).Last)));
        Assert.Equal(events[5000..].Select(one => one.Hash), there[5000..].Select(one => one.Hash));

        static async IAsyncEnumerable<IReadOnlyList<ChainedEvent>> Batches(
            List<ChainedEvent> events,
            [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            yield return events;
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 4)]
    [InlineData(7, 60)]
    [InlineData(1000, 60)]
    public void The_retry_pause_doubles_up_to_a_minute(int failures, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), ShipBackoff.After(failures));

    internal static List<ChainedEvent> Chain(int count) =>
        Chain(Enumerable.Repeat<AuditEvent>(new GateOpened("synced"), count));

    internal static List<ChainedEvent> Chain(IEnumerable<AuditEvent> events)
    {
        var (chain, prev) = (new List<ChainedEvent>(), HashChain.Genesis);
        foreach (var @event in events)
        {
            var seq = chain.Count + 1;
            var at = new Instant(
                new DateTimeOffset(2026, 11, 21, 3, 14, 0, TimeSpan.Zero).AddSeconds(seq).AddMicroseconds(7),
                TimeSpan.FromSeconds(seq + 0.0000001),
                "b");
            var envelope = new Envelope(seq, at, "n1", @event, seq > 1 ? seq - 1 : null, 18446744073709551614, 5);
            var (_, hash) = HashChain.Seal(GaleraGate.Infrastructure.Json.EventCodec.WriteOpened(envelope), prev);
            chain.Add(new ChainedEvent(envelope, prev, hash));
            prev = hash;
        }

        return chain;
    }
}
