using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Archive;
using GaleraGate.Infrastructure.Tests.Journal;
using GaleraGate.Lab;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace GaleraGate.Infrastructure.Tests.Archive;

/// <summary>
/// The read models give the same results as folding every event: however far they go, whichever version made them, and
/// when they cannot be maintained at all.
/// </summary>
public sealed class ReadModelTests : IClassFixture<Postgres>, IDisposable
{
    private const string Stream = "node/galera/n1";
    private const string Other = "node/galera/n2";
    private const int Count = 1234;

    private static readonly List<ChainedEvent> Events =
        ArchiveTests.Chain(Enumerable.Range(1, Count).Select(seq => SummariesTests.Story(seq).Event));

    private readonly PostgresServer _server;
    private readonly string _schema = "m" + Guid.NewGuid().ToString("N")[..12];
    private readonly NpgsqlDataSource _source;
    private readonly MartenArchive _archive;
    private readonly ArchiveQueries _queries;

    public ReadModelTests(Postgres postgres)
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

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(250)]
    [InlineData(Count)]
    public async Task Read_models_are_made_with_each_append_and_answer_like_the_events(int batch)
    {
        await _archive.InitializeAsync(CancellationToken.None);
        await ShipAsync(_archive, Stream, Events[..(batch == 1 ? 350 : Count)], batch);
        await ShipAsync(_archive, Other, Events[..42], 42);

        Assert.Null(_archive.ReadModelTrouble);
        Assert.Equal(batch == 1 ? "14" : "49", Rows("snapshots"));
        await AgreeAsync();
    }

    [Fact]
    public async Task Closures_of_a_period_come_with_the_one_before_and_the_one_after()
    {
        await _archive.InitializeAsync(CancellationToken.None);
        await ShipAsync(_archive, Stream, Events, 100);
        var all = Folded(Stream);
        var (from, to) = (all[50].From.Utc, all[53].To!.Value.Utc);

        var found = (await ModelsAsync()).Closures([Stream], from, to)[Stream];

        Assert.Equal(all.Skip(49).Take(6), found.Ended.OrderBy(one => one.Seq).Where(one => one.Seq <= all[54].Seq));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(99)]
    [InlineData(100)]
    [InlineData(617)]
    [InlineData(Count)]
    public async Task The_state_at_a_time_equals_the_fold_of_all_earlier_events(int seq)
    {
        await _archive.InitializeAsync(CancellationToken.None);
        await ShipAsync(_archive, Stream, Events, 100);
        var at = Events[Math.Max(0, seq - 1)].Envelope.At.Utc.AddSeconds(seq == 0 ? -1 : 0);

        var models = await ModelsAsync();
        var begins = models.Begins([Stream, Other], at);
        var read = begins.GetValueOrDefault(Stream, StreamBegin.First).Events
            .Concat(models.After([Stream], begins, at, 1000)![Stream])
            .ToList();

        Assert.Equal(Standing(Events.Take(seq).Select(one => one.Envelope)), Standing(read));
        Assert.True(read.Count < 45, $"{read.Count} events");
        Assert.Equal(
            Events.Skip(seq).Take(11).Select(one => one.Envelope.Seq),
            models.FirstAfter([Stream], at, TimeSpan.FromSeconds(10))[Stream].Select(one => one.Seq));
        if (seq == 617)
        {
            Assert.Null(models.After([Stream], begins, null, 10));
        }
    }

    [Fact]
    public async Task An_archive_without_read_models_is_read_from_its_events()
    {
        await _archive.InitializeAsync(CancellationToken.None);
        await ShipAsync(_archive, Stream, Events, 250);
        var made = Content();
        _ = _server.Sql($"DROP TABLE {_schema}.galeragate_snapshots; DROP TABLE {_schema}.galeragate_closures");
        await AgreeAsync();
        Assert.Empty((await ModelsAsync()).Versions([Stream]));

        await _archive.InitializeAsync(CancellationToken.None);
        await AgreeAsync();
        Assert.Equal(
            Count,
            await new ArchiveRebuild(_source, _schema).RebuildAsync(Stream, _ => { }, CancellationToken.None));

        Assert.Equal(made, Content());
        Assert.Equal(1225, (await ModelsAsync()).Versions([Stream])[Stream]);
    }

    [Fact]
    public async Task A_shipper_without_rights_to_read_models_ships_and_the_next_one_catches_up()
    {
        await _archive.InitializeAsync(CancellationToken.None);
        _ = _server.Sql($"""
            CREATE ROLE ship_{_schema} LOGIN; GRANT USAGE ON SCHEMA {_schema} TO ship_{_schema};
            GRANT SELECT, INSERT, UPDATE ON {_schema}.mt_streams TO ship_{_schema};
            GRANT SELECT, INSERT ON {_schema}.mt_events TO ship_{_schema};
            GRANT SELECT ON {_schema}.galeragate_snapshots TO ship_{_schema};
            GRANT USAGE ON SEQUENCE {_schema}.mt_events_sequence TO ship_{_schema};
            """);
        await using var source = NpgsqlDataSource.Create(
            _server.Connection.Replace("Username=postgres", $"Username=ship_{_schema}", StringComparison.Ordinal));
        using (var archive = new MartenArchive(source, _schema))
        {
            await ShipAsync(archive, Stream, Events[..600], 250);
            Assert.StartsWith("42501: permission denied for table galeragate_", archive.ReadModelTrouble,
                StringComparison.Ordinal);
        }

        Assert.Equal("0", Rows("snapshots"));
        await AgreeAsync();

        // The owner upgrades the schema. Roles that could ship and read the events keep those rights with the read
        // models.
        await _archive.InitializeAsync(CancellationToken.None);
        using (var archive = new MartenArchive(source, _schema))
        {
            await ShipAsync(archive, Stream, Events[600..], 250);
            Assert.Null(archive.ReadModelTrouble);
        }

        await AgreeAsync();
        Assert.Equal("49", Rows("snapshots"));
    }

    /// <summary>
    /// A single append is in progress when the read models cannot be written, and the next one follows it.
    /// </summary>
    [Fact]
    public async Task A_fold_from_an_append_without_read_models_is_repeated()
    {
        await _archive.InitializeAsync(CancellationToken.None);
        _ = _server.Sql($"ALTER TABLE {_schema}.galeragate_closures RENAME TO hidden");
        var time = new FakeTimeProvider();
        using var archive = new MartenArchive(_source, _schema, time);
        await ShipAsync(archive, Stream, Events[..600], 600);
        _ = _server.Sql($"ALTER TABLE {_schema}.hidden RENAME TO galeragate_closures");
        time.Advance(TimeSpan.FromMinutes(1));
        await ShipAsync(archive, Stream, Events[600..], Count);

        Assert.Equal("49", Rows("snapshots"));
        await AgreeAsync();
    }

    [Fact]
    public async Task Events_that_were_set_aside_are_in_no_read_model()
    {
        await _archive.InitializeAsync(CancellationToken.None);
        await ShipAsync(_archive, Stream, Events, 250);

        _ = await new ArchiveAside(_source, _schema).MoveAsync(
            Stream, 640, Count, TimeProvider.System.GetUtcNow(), CancellationToken.None);
        await AgreeAsync();
        Assert.Equal(625, (await ModelsAsync()).Versions([Stream])[Stream]);

        await ShipAsync(_archive, Stream, Events[640..], 250);
        Assert.Null(_archive.ReadModelTrouble);
        await AgreeAsync();
        Assert.Equal("49", Rows("snapshots"));
    }

    private static async Task ShipAsync(MartenArchive archive, string stream, List<ChainedEvent> events, int batch)
    {
        foreach (var some in events.Chunk(batch))
        {
            await archive.AppendAsync(stream, some, CancellationToken.None);
        }
    }

    private Task<ArchiveReadModels> ModelsAsync() =>
        ArchiveReadModels.OfAsync(_source, _schema, CancellationToken.None);

    private async Task AgreeAsync()
    {
        var found = (await ModelsAsync()).Closures([Stream, Other], null, null);
        Assert.All([Stream, Other], stream =>
        {
            var (ended, end) = found[stream];
            Assert.Equal(
                Folded(stream), Failovers.InOrder(ended.Concat(new[] { end?.Fold.Lasting }.OfType<Closure>())));
        });
    }

    private IReadOnlyList<Closure> Folded(string stream) =>
        Failovers.Closures(_queries.Events(stream).Select(one => one.Envelope));

    private static string Standing(IEnumerable<Envelope> events)
    {
        var standing = events.Aggregate(new Standing(), (standing, envelope) => standing.After(envelope));
        return $"{standing.Started} {standing.GateSince} {standing.GateEvent} {standing.Access.Refused}";
    }

    private string Rows(string table) =>
        _server.Sql($"SELECT count(*) FROM {_schema}.galeragate_{table} WHERE stream_id = '{Stream}'").Trim();

    private string Content() =>
        _server.Sql($"SELECT * FROM {_schema}.galeragate_closures ORDER BY stream_id, seq")
        + _server.Sql($"SELECT * FROM {_schema}.galeragate_snapshots ORDER BY stream_id, version");
}
