using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using GaleraGate.Daemon.Fleet;
using GaleraGate.Daemon.Http;
using GaleraGate.Daemon.Options;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain.Events;

namespace GaleraGate.Daemon.Doctor;

/// <summary>
/// Asks the daemon of another node, through its HTTP port, to connect to this node's gate, so that the packets really
/// come from outside. The peer connects to the requester's address, at the port of its own gate.
/// </summary>
internal sealed class FromCheck(Settings settings, ushort peerHttp)
{
    private const string Subject = "from";

    /// <summary>Limits the answer of a peer, which may send anything.</summary>
    private const int MaxAnswerBytes = 64 * 1024;

    private readonly ushort _gate = settings.Port("gate-port");

    public async Task<IReadOnlyList<Finding>> ExamineAsync(
        IReadOnlyList<string> peers, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        foreach (var peer in peers)
        {
            findings.AddRange(await OfAsync(peer, cancellationToken));
        }

        return findings;
    }

    private async Task<IReadOnlyList<Finding>> OfAsync(string peer, CancellationToken cancellationToken)
    {
        try
        {
            var addresses = (await Dns.GetHostAddressesAsync(peer, cancellationToken)).Distinct();
            return await Task.WhenAll(addresses.Select(address => OfAsync(peer, address, cancellationToken)));
        }
        catch (SocketException e)
        {
            return [Finding.Error(Subject, $"{peer}: the name is not known ({e.Message})", "repair DNS or /etc/hosts")];
        }
    }

    private async Task<Finding> OfAsync(string peer, IPAddress address, CancellationToken cancellationToken)
    {
        var who = peer == $"{address}" ? peer : $"{peer} ({address})";
        var family = address.AddressFamily == AddressFamily.InterNetworkV6 ? Family.Ipv6 : Family.Ipv4;
        var before = await GateView.LookAsync(family, _gate, cancellationToken);
        var answer = await PeerHttp.GetAsync(address, peerHttp, "reach?gate", MaxAnswerBytes, cancellationToken);
        var after = await GateView.LookAsync(family, _gate, cancellationToken);
        if (Read(answer) is not { } report)
        {
            return Finding.Warning(
                Subject,
                string.Create(CultureInfo.InvariantCulture, $"{who} does not answer at HTTP port {peerHttp}"),
                "run galeragate there with --http, and let this node ask (--http-allow); --peer-http names another "
                + "port");
        }

        if (report.Gate is not { } met || !PathWords.KnownOfGates.Contains(met))
        {
            return Finding.Warning(
                Subject, $"{who} does not knock at gates", "install galeragate 0.2.0 or later there");
        }

        if (report.GatePort != _gate)
        {
            return Finding.Warning(
                Subject,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{who} knocked at port {report.GatePort}, the port of its own gate; this node's is {_gate}"),
                null);
        }

        return before != after
            ? Finding.Warning(Subject, $"the gate opened or closed while {who} knocked", "ask again")
            : Judge(who, met, after);
    }

    private static Finding Judge(string who, string met, GateView gate) => (gate.IsOpen, met) switch
    {
        (null, _) => Finding.Warning(
            Subject, $"{who}: {met}; whether the gate is open is not known: {gate.Trouble}", null),
        (true, PathWords.Greeting) => Finding.Ok(Subject, $"the gate is open, and {who} meets the server"),
        (true, PathWords.TurnedAway) => Finding.Error(
            Subject,
            $"the gate is open, and the server turns {who} away before it greets",
            "FLUSH HOSTS, if it has blocked that host (error 1129); else it has no connection left"),
        (true, _) => Finding.Error(
            Subject,
            $"the gate is open, and {who} does not get through: {met}",
            "the lines knock-ipv4 and knock-ipv6 name rules of this host; else look at what is between the two"),
        (false, PathWords.Refused) => Finding.Ok(Subject, $"the gate is closed, and {who} is refused"),
        (false, PathWords.Greeting or PathWords.TurnedAway) => Finding.Error(
            Subject,
            $"the gate is closed, and {who} meets a server all the same",
            "something else serves this port: ss -ltnp, iptables-save -t nat, nft list ruleset"),
        (false, _) => Finding.Warning(
            Subject,
            $"the gate is closed, and {who} is not refused: {met}; a balancer there waits for its timeout",
            null),
    };

    private static ReachReport? Read(byte[]? answer)
    {
        try
        {
            return answer is null ? null : JsonSerializer.Deserialize(answer, ReachJson.Default.ReachReport);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
