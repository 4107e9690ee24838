using GaleraGate.Domain.Galera;
using GaleraGate.Infrastructure.Galera;
using GaleraGate.Lab;
using MySqlConnector;

namespace GaleraGate.Infrastructure.Tests.Galera;

/// <summary>The probe stays out of the server's logs, on a server that logs as much as it can.</summary>
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
    public async Task Hundreds_of_polls_leave_no_line_in_the_slow_log_and_none_in_the_error_log(string way)
    {
        _server.Sql("CREATE USER probe@'%' IDENTIFIED BY 'x'; CREATE USER probe@localhost IDENTIFIED BY 'x'");
        var (slowBefore, errorsBefore) = (Slow(), Errors());

        await using (var probe = new GaleraProbe(Account(way), TimeSpan.FromSeconds(20), () => ServerMode.Replica))
        {
            for (var i = 0; i < Polls; i++)
            {
                var seen = await probe.ObserveAsync(CancellationToken.None);
                Assert.True(seen.Error is ProbeError.None or ProbeError.AccessDenied, seen.ErrorDetail);
            }
        }

        await using (var probe = new GaleraProbe(Account(way), TimeSpan.FromSeconds(20), () => ServerMode.Galera))
        {
            for (var i = 0; i < Polls; i++)
            {
                Assert.Equal(ProbeError.None, (await probe.ObserveAsync(CancellationToken.None)).Error);
            }
        }

        // Somebody else's statement is written after all of them.
        _server.Sql("SELECT 'the end'");
        Shell.Await(() => Slow().Contains("the end", StringComparison.Ordinal), TimeSpan.FromSeconds(20), "the log");
        Assert.DoesNotContain("probe[probe]", Slow()[slowBefore.Length..], StringComparison.Ordinal);
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
