using GaleraGate.Domain.Galera;
using GaleraGate.Infrastructure.Galera;
using GaleraGate.Lab;
using MySqlConnector;

namespace GaleraGate.Infrastructure.Tests.Galera;

/// <summary>The probe leaves no lines in the server's logs, on a server that logs as much as it can.</summary>
public sealed class QuietProbeTests : IDisposable
{
    private const int Polls = 400;

    private readonly PlainServer _server = PlainServer.Start(
        "--slow-query-log=ON",
        "--slow-query-log-file=slow.log",
        "--log-queries-not-using-indexes=ON",
        "--long-query-time=0",
        "--log-slow-verbosity=full",
        "--log-warnings=9");

    public void Dispose() => _server.Dispose();

    [Theory]
    [InlineData("socket")]
    [InlineData("TCP")]
    public async Task Hundreds_of_polls_add_no_line_to_slow_log_or_error_log(string way)
    {
        _server.Sql("""
            CREATE USER probe@'%' IDENTIFIED BY 'x';
            CREATE USER probe@localhost IDENTIFIED BY 'x';
            GRANT SLAVE MONITOR ON *.* TO probe@'%';
            GRANT SLAVE MONITOR ON *.* TO probe@localhost;
            """);
        var (slowBefore, errorsBefore) = (Slow(), Errors());

        foreach (var mode in new[] { ServerMode.Galera, ServerMode.Replica })
        {
            await using var probe = new GaleraProbe(Account(way), TimeSpan.FromSeconds(20), () => mode);
            for (var i = 0; i < Polls; i++)
            {
                var seen = await probe.ObserveAsync(CancellationToken.None);
                Assert.True(seen.Error == ProbeError.None, seen.ErrorDetail);
            }
        }

        // A statement from another client is written after all of them.
        _server.Sql("SELECT 'the end'");
        Shell.Await(() => Slow().Contains("the end", StringComparison.Ordinal), TimeSpan.FromSeconds(20), "the log");
        var lines = Slow()[slowBefore.Length..];
        // The login's own statement. It runs before a session can set anything, and is logged only because
        // long_query_time is 0.
        Assert.Equal(2, lines.Split("probe[probe]").Length - 1);
        Assert.Equal(2, lines.Split("SET NAMES utf8mb4;").Length - 1);
        Assert.Equal(errorsBefore, Errors());
    }

    private string Slow() => Read("data/slow.log");

    private string Errors() => Read("error.log");

    private string Read(string name)
    {
        using var file = new FileStream(
            Path.Combine(_server.Folder, name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        return reader.ReadToEnd();
    }

    private MySqlConnectionStringBuilder Account(string way) => new()
    {
        Server = way == "TCP" ? "127.0.0.1" : _server.Socket,
        Port = (uint)_server.Port,
        ConnectionProtocol = way == "TCP" ? MySqlConnectionProtocol.Sockets : MySqlConnectionProtocol.UnixSocket,
        UserID = "probe",
        Password = "x",
    };
}
