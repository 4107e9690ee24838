using System.Text.Json;
using GaleraGate.Daemon.Control;
using GaleraGate.Daemon.Text;

namespace GaleraGate.Daemon.Tests.Text;

/// <summary>What a person reads about clients that came through the gate from other hosts.</summary>
public sealed class StatusOutsideTests
{
    private const string Node = """
        {"version":"0.2.0","node":"n1","pid":7,"dryRun":false,"at":"2026-11-26T10:00:00Z",
        "started":"2026-11-26T09:00:00Z","uptime":3600,"settled":true,
        "gate":{"phase":"PHASE","open":OPEN,"port":3308,"serverPort":3306,"since":"2026-11-26T09:00:00Z",
        "seconds":SECONDS,"seq":1,"because":null,"next":"","nextObservations":null,"nextSeconds":null,"openAfter":0.5,
        "penalty":0},"nodeState":{"state":"Synced","since":"2026-11-26T09:00:00Z","seconds":1},"verdict":null,
        "holds":[],"redirects":[],"lease":{"length":5,"runs":true,"trouble":null},
        "probe":{"server":"/s","interval":0.25,"probes":1,"failed":0,"ago":null,"took":null,"error":null,
        "answered":null},"variables":{},"disk":null,"journal":{"directory":"/j","seq":1,"onDisk":1,"trouble":null},
        "archive":null,"counters":{"gateOpened":0,"gateClosed":0,"redirectsAdded":0,"redirectsRemoved":0,
        "changesFailed":0,"driftFound":0,"driftMended":0,"connectionsReset":0,"serverRestarts":0,"leasesLapsed":0,
        "stalls":0},"policy":{},"recent":[]OUTSIDE}
        """;

    [Theory]
    [InlineData(
        true,
        3600,
        """ "watched":3600 """,
        "no client from another host came through since the daemon started 60 min 0 s ago")]
    [InlineData(
        true,
        3600,
        """ "watched":3600,"at":"2026-11-26T09:30:00Z","ago":1800,"by":"doctor" """,
        "no client from another host came through since the daemon started 60 min 0 s ago, only doctor's own knock")]
    [InlineData(true, 30, """ "watched":3600 """, null)] // it has only just opened
    [InlineData(true, 3600, """ "watched":30 """, null)] // the daemon has only just started to check
    [InlineData(false, 3600, """ "watched":3600 """, null)]
    [InlineData(true, 3600, """ "watched":3600,"at":"2026-11-26T09:30:00Z","ago":1800,"by":"10.0.0.9" """, null)]
    public void An_open_gate_without_clients_is_pointed_out_after_a_while(
        bool open, double seconds, string outside, string? says) =>
        Assert.Equal(says, Outside(StatusView.Brief(Status(open, seconds, outside))));

    [Theory]
    [InlineData("10.0.0.9", "last met 30 min 0 s ago: a client at 10.0.0.9")]
    [InlineData("doctor", "last met 30 min 0 s ago: doctor's own knock on this host")]
    public void Verbose_shows_when_and_from_where_the_last_client_came(string by, string says) => Assert.Equal(
        says,
        Outside(StatusVerbose.Of(Status(
            false, 1, $"\"watched\":3600,\"at\":\"2026-11-26T09:30:00Z\",\"ago\":1800,\"by\":\"{by}\""))));

    [Fact]
    public void An_unknown_last_client_has_no_field_and_no_line()
    {
        var unknown = Status(true, 3600, null);

        Assert.Null(Outside(StatusVerbose.Of(unknown)));
        Assert.DoesNotContain(
            "outside", JsonSerializer.Serialize(unknown, ControlJson.Default.StatusReport), StringComparison.Ordinal);
    }

    private static StatusReport Status(bool open, double seconds, string? outside) => JsonSerializer.Deserialize(
        Node.Replace("OPEN", open ? "true" : "false", StringComparison.Ordinal)
            .Replace("PHASE", open ? "open" : "closed", StringComparison.Ordinal)
            .Replace("SECONDS", $"{seconds:0}", StringComparison.Ordinal)
            .Replace("OUTSIDE", outside is null ? "" : $",\"outside\":{{{outside}}}", StringComparison.Ordinal),
        ControlJson.Default.StatusReport)!;

    private static string? Outside(IEnumerable<Line> lines) => lines
        .Select(line => string.Concat(line.Pieces.Select(piece => piece.Text)))
        .Where(line => line.StartsWith("outside ", StringComparison.Ordinal))
        .Select(line => line["outside".Length..].TrimStart())
        .SingleOrDefault();
}
