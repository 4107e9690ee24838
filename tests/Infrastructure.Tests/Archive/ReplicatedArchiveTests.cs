using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Archive;
using GaleraGate.Lab;
using Npgsql;

namespace GaleraGate.Infrastructure.Tests.Archive;

/// <summary>
/// A primary and its standby: the connection string names both, and the archive is the one that accepts writes.
/// </summary>
public sealed class ReplicatedArchiveTests
{
    [Fact]
    public async Task Shipping_goes_to_the_primary_and_follows_a_failover()
    {
        using var first = PostgresServer.Begin();
        using var second = PostgresServer.Standby(first);
        var both =
            $"Host={second.Socket},{first.Socket};Username=postgres;Database=postgres;Timeout=2;Target Session "
            + "Attributes=primary";
        await using var source = NpgsqlDataSource.Create(both);
        using var archive = new MartenArchive(source, "galeragate");
        var queries = new ArchiveQueries(source, "galeragate");
        await archive.InitializeAsync(CancellationToken.None);
        var events = ArchiveTests.Chain(6);

        await archive.AppendAsync("node/galera/n1", events[..3], CancellationToken.None);
        second.AwaitCaughtUpWith(first);
        await MustRefuseAsync(second, events);
        first.Kill();
        second.Promote();
        await ShipAsync(archive, events[3..]);

        Assert.Equal(6, queries.Events("node/galera/n1").Count());
        Assert.Equal(6, await archive.VersionAsync("node/galera/n1", CancellationToken.None));
    }

    private static async Task MustRefuseAsync(PostgresServer standby, List<ChainedEvent> events)
    {
        await using var source = NpgsqlDataSource.Create(standby.Connection);
        using var archive = new MartenArchive(source, "galeragate");

        var shipping = await Assert.ThrowsAnyAsync<Exception>(() =>
            archive.AppendAsync("node/galera/n2", events[..1], CancellationToken.None));
        var making = await Assert.ThrowsAnyAsync<Exception>(() => archive.InitializeAsync(CancellationToken.None));

        Assert.Contains("is a standby", ArchiveFailure.Words(shipping), StringComparison.Ordinal);
        Assert.Contains("is a standby", ArchiveFailure.Words(making), StringComparison.Ordinal);
    }

    /// <summary>Retries, as the shipper does, until the other server is known to be the primary.</summary>
    private static async Task ShipAsync(MartenArchive archive, List<ChainedEvent> events)
    {
        for (var left = 60; ; left--)
        {
            try
            {
                await archive.AppendAsync("node/galera/n1", events, CancellationToken.None);
                return;
            }
            catch (Exception e) when (left > 0 && ArchiveFailure.IsOfDatabase(e))
            {
                await Task.Delay(TimeSpan.FromSeconds(0.5));
            }
        }
    }
}
