using System.Globalization;
using GaleraGate.Domain.Galera;
using GaleraGate.Infrastructure.Galera;
using GaleraGate.Lab;
using MySqlConnector;

namespace GaleraGate.Infrastructure.Tests.Galera;

/// <summary>How a real server's refusals are classified; those that it cannot be made to send are scripted.</summary>
public sealed class ServerErrorsTests : IDisposable
{
    private readonly PlainServer _server = PlainServer.Start();

    public void Dispose() => _server.Dispose();

    /// <summary>
    /// The login succeeds and then the server cuts the connection, which used to look like a server that is not there.
    /// </summary>
    [Fact]
    public async Task A_failing_init_connect_is_a_misconfigured_probe_not_an_unreachable_server()
    {
        _server.Sql("CREATE USER probe@localhost; SET GLOBAL init_connect='INSERT INTO audit.logins VALUES (1)'");

        var seen = await ObserveAsync();

        Assert.Equal(ProbeError.AccessDenied, seen.Error);
        Assert.StartsWith("error 1184: ", seen.ErrorDetail, StringComparison.Ordinal);
        Assert.Contains("init_connect", ServerErrors.Fix(seen.ErrorDetail), StringComparison.Ordinal);
        var verdict = Fitness.Judge(seen, new FitnessPolicy());
        Assert.Equal(("access-denied", Pace.Debounced), (verdict.Headline, verdict.Pace));

        // An existing connection does not authenticate again.
        _server.Sql("SET GLOBAL init_connect=''");
        await using var kept = Probe();
        Assert.Equal(ProbeError.None, (await kept.ObserveAsync(CancellationToken.None)).Error);
        _server.Sql("SET GLOBAL init_connect='INSERT INTO audit.logins VALUES (1)'");
        Assert.Equal(ProbeError.None, (await kept.ObserveAsync(CancellationToken.None)).Error);
    }

    [Theory]
    [InlineData("CREATE USER probe@localhost ACCOUNT LOCK", 4151, ProbeError.AccessDenied)]
    [InlineData("CREATE USER probe@localhost PASSWORD EXPIRE", 1820, ProbeError.AccessDenied)]
    [InlineData("CREATE USER probe@localhost REQUIRE X509", 1045, ProbeError.AccessDenied)]
    [InlineData("CREATE USER probe@localhost WITH MAX_CONNECTIONS_PER_HOUR 1", 1226, ProbeError.TooManyConnections)]
    [InlineData("CREATE USER probe@localhost WITH MAX_QUERIES_PER_HOUR 1", 1226, ProbeError.TooManyConnections)]
    [InlineData("CREATE USER probe@localhost WITH MAX_STATEMENT_TIME 0.000001", 1969, ProbeError.Timeout)]
    public async Task A_refusal_is_classified_and_keeps_its_number(string account, int number, ProbeError error)
    {
        _server.Sql(account);
        if (account.EndsWith("HOUR 1", StringComparison.Ordinal))
        {
            _ = Shell.Try("mariadb", ["--no-defaults", "-uprobe", $"-S{_server.Socket}", "-e", "SELECT 1"]);
        }

        // The server's clock for statements may miss one that ends within a microsecond.
        var seen = await ObserveAsync();
        for (var again = 0; seen.Error == ProbeError.None && again < 100; again++)
        {
            seen = await ObserveAsync();
        }

        Assert.True(error == seen.Error, $"{seen.Error} {seen.ErrorDetail}");
        Assert.StartsWith($"error {number}: ", seen.ErrorDetail, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_error_is_debounced()
    {
        var verdict = Fitness.Judge(Observation.Failed(ServerErrors.Meaning(1105)), new FitnessPolicy());

        Assert.Equal(("unrecognized", Pace.Debounced), (verdict.Headline, verdict.Pace));
        Assert.Null(ServerErrors.Fix("error 1105: Unknown error"));
    }

    /// <summary>MySQL 9 has three numbers for it, depending on what it knows about who set it.</summary>
    [Theory]
    [InlineData(3032)]
    [InlineData(6400)]
    [InlineData(6401)]
    public void Offline_mode_closes_at_once_because_it_refuses_clients_too(int number)
    {
        var verdict = Fitness.Judge(Observation.Failed(ServerErrors.Meaning(number)), new FitnessPolicy());

        Assert.Equal(("offline", Pace.Immediate), (verdict.Headline, verdict.Pace));
    }

    /// <summary>Checks against the installed server's own list that no number has another meaning.</summary>
    [Fact]
    public void Each_number_below_MySQLs_own_is_in_the_servers_list()
    {
        var ofMySql = new[] { 3024, 3118, 3159, 3168, 3169, 3955, 4031, 6400, 6401 };
        foreach (var number in ServerErrors.Known.Except(ofMySql))
        {
            var listed = Shell.Try("perror", [number.ToString(CultureInfo.InvariantCulture)]).Output;

            Assert.Contains($"MariaDB error code {number} (ER_", listed, StringComparison.Ordinal);
        }
    }

    private async Task<Observation> ObserveAsync()
    {
        await using var probe = Probe();
        return await probe.ObserveAsync(CancellationToken.None);
    }

    private GaleraProbe Probe() => new(
        new MySqlConnectionStringBuilder
        {
            Server = _server.Socket,
            ConnectionProtocol = MySqlConnectionProtocol.UnixSocket,
            UserID = "probe",
        },
        TimeSpan.FromSeconds(10),
        () => ServerMode.Galera);
}
