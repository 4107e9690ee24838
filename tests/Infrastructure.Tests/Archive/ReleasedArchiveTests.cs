using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Archive;
using GaleraGate.Infrastructure.Journal;
using GaleraGate.Infrastructure.Json;
using GaleraGate.Lab;
using Npgsql;

namespace GaleraGate.Infrastructure.Tests.Archive;

/// <summary>
/// The archives of released versions must be readable and continuable for ever. Each is a dump of that version's
/// journal, shipped by that version.
/// </summary>
public sealed class ReleasedArchiveTests : IDisposable
{
    private const string Stream = "node/galera/n1";

    private readonly PostgresServer _server = PostgresServer.Begin();
    private readonly NpgsqlDataSource _source;
    private readonly MartenArchive _archive;
    private readonly ArchiveQueries _queries;

    public ReleasedArchiveTests()
    {
        _source = NpgsqlDataSource.Create(_server.Connection);
        _archive = new MartenArchive(_source, MartenArchive.DefaultSchema);
        _queries = new ArchiveQueries(_source, MartenArchive.DefaultSchema);
    }

    public void Dispose()
    {
        _archive.Dispose();
        _source.Dispose();
        _server.Dispose();
    }

    public static TheoryData<string> Versions() =>
        [.. Directory.GetFiles(Fixtures()).Select(file => Path.GetFileNameWithoutExtension(file))];

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_released_archive_is_read_upgraded_and_continued(string version)
    {
        _server.Restore(Path.Combine(Fixtures(), version + ".sql"));
        var shipped = _queries.Events(Stream).ToList();
        var last = shipped[^1];
        Assert.All(shipped, one => Assert.Equal(one.Hash, HashChain.Verify(HashChain.Line(one))));

        await _archive.InitializeAsync(CancellationToken.None);
        Assert.Equal(last.Envelope.Seq, await _archive.VersionAsync(Stream, CancellationToken.None));
        var next = new Envelope(
            last.Envelope.Seq + 1,
            last.Envelope.At,
            "n1",
            new LoopStalled(TimeSpan.FromSeconds(1)),
            Cause: null,
            View: null,
            Committed: null);
        var (_, hash) = HashChain.Seal(EventCodec.WriteOpened(next), last.Hash);
        await _archive.AppendAsync(Stream, [new ChainedEvent(next, last.Hash, hash)], CancellationToken.None);

        Assert.Equal([.. shipped.Select(one => one.Hash), hash], _queries.Events(Stream).Select(one => one.Hash));
    }

    private static string Fixtures([System.Runtime.CompilerServices.CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "Released");
}
