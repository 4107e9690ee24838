using System.Net;
using System.Net.Sockets;
using GaleraGate.Daemon.Gatekeeping;
using GaleraGate.Daemon.Options;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.ClusterFirewall;
using GaleraGate.Infrastructure.Iptables;
using GaleraGate.Infrastructure.Knock;
using GaleraGate.Infrastructure.Linux;
using GaleraGate.Infrastructure.Nftables;

namespace GaleraGate.Daemon.Doctor;

/// <summary>
/// Connects to the gate as a client on another host would, at each address of this host, and reports the result.
/// Reading rules is a guess; a packet is not.
/// </summary>
internal sealed class KnockCheck(Settings settings, Family family, IReadOnlyList<string>? listening)
{
    private const int MostAddresses = 16;

    private readonly ushort _gate = settings.Port("gate-port");
    private readonly ushort _server = settings.Port("server-port");

    private string Subject => family == Family.Ipv6 ? "knock-ipv6" : "knock-ipv4";

    private AddressFamily Addresses =>
        family == Family.Ipv6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;

    public async Task<KnockResult> ExamineAsync(CancellationToken cancellationToken)
    {
        var own = OwnAddresses.ForClients(Addresses);
        if (own.Count == 0)
        {
            return new KnockResult(Finding.Ok(Subject, "this host has no address that a client could ask for"), false);
        }

        var sources = Sources();
        var from = sources.Count == 0
            ? StrangerAddress.OfNobody(Addresses)
            : sources.Select(StrangerAddress.Within).OfType<IPAddress>().FirstOrDefault();
        var (before, _) = await CountedRules.ReadAsync(family, cancellationToken);
        var was = await GateView.LookAsync(family, _gate, cancellationToken);
        var met = await KnockAsync(from ?? StrangerAddress.OfNobody(Addresses), own, cancellationToken);
        var gate = await GateView.LookAsync(family, _gate, cancellationToken);
        var words = new KnockWords(Subject, _gate, met);
        return met switch
        {
            _ when met.TrueForAll(one => one.Met == Met.NotTried) => new KnockResult(words.NotTried(), false),
            _ when was != gate => new KnockResult(words.Turned(), false),
            _ when gate.IsOpen is null => new KnockResult(words.NotKnown(gate.Trouble!), false),
            _ => await ((gate.IsOpen, from) switch
            {
                (false, _) => ClosedAsync(words, before, cancellationToken),
                (_, null) => Task.FromResult(new KnockResult(words.OthersOnly(sources), false)),
                _ => OpenAsync(words, before, sources, cancellationToken),
            }),
        };
    }

    private async Task<KnockResult> ClosedAsync(
        KnockWords words, CountedRules? before, CancellationToken cancellationToken)
    {
        if (words.Met.Exists(one => one.Met is Met.Greeting or Met.TurnedAway))
        {
            return new KnockResult(words.OpenAllTheSame(), false);
        }

        if (words.Met.TrueForAll(one => one.Met is Met.Refused or Met.Unreachable or Met.NotTried))
        {
            return new KnockResult(words.Closed(), false);
        }

        var cause = await CauseAsync(before, words.Met[0].From, cancellationToken);
        var advice = await AdviceAsync([], cancellationToken);
        return new KnockResult(words.ClosedInSilence(cause, advice.Closed(cause)), true);
    }

    private async Task<KnockResult> OpenAsync(
        KnockWords words, CountedRules? before, List<IPNetwork> sources, CancellationToken cancellationToken)
    {
        var expected = words.Met.FindAll(one => ListensAt(one.To));
        if (expected.Count == 0)
        {
            return new KnockResult(words.NobodyListens(_server), false);
        }

        var failed = expected.FindAll(one => one.Met != Met.Greeting);
        if (failed.Count == 0)
        {
            return new KnockResult(words.Served(expected), true);
        }

        if (failed.Find(one => one.Met == Met.TurnedAway) is { } turned)
        {
            return new KnockResult(words.TurnedAway(turned), true);
        }

        var cause = await CauseAsync(before, failed[0].From, cancellationToken);
        var advice = await AdviceAsync(sources, cancellationToken);
        if (sources.Count == 0 && await OfSomeAsync(failed, cause, cancellationToken) is { } some)
        {
            return new KnockResult(words.ServedFrom(some, failed[0], cause), true);
        }

        return new KnockResult(words.KeptOut(failed, cause, advice.Open(cause)), true);
    }

    /// <summary>
    /// If rules admit only some clients: the result for one of those, if a test client can use such an address. Null if
    /// there are no such rules, or if such a client does not get in either.
    /// </summary>
    private async Task<ServedSources?> OfSomeAsync(
        List<Meeting> failed, KnockCause cause, CancellationToken cancellationToken)
    {
        List<NativeOpening> openings =
        [
            .. new InputRules(await FilterAsync(cancellationToken)).Walk(_server, _gate).ForSome
                .Where(rule => rule.Contains(" -j ACCEPT", StringComparison.Ordinal))
                .Select(rule => new NativeOpening(rule, SourceOf(rule))),
            .. cause.Tables.SelectMany(chain => chain.Openings),
        ];
        var others = new List<string>();
        foreach (var (rule, source) in openings)
        {
            if (source is not { } network || StrangerAddress.Within(network) is not { } from)
            {
                others.Add(rule);
                continue;
            }

            var met = await KnockAsync(from, [.. failed.Select(one => one.To)], cancellationToken);
            if (met.TrueForAll(one => one.Met == Met.Greeting))
            {
                return new ServedSources([rule], met);
            }
        }

        return others.Count > 0 ? new ServedSources(others, null) : null;
    }

    /// <summary>Null for a rule that also requires an interface, which a test client does not use.</summary>
    private IPNetwork? SourceOf(string rule) =>
        InputRules.SourceOf(rule) is { } source
        && source.BaseAddress.AddressFamily == Addresses
        && !rule.Contains(" -i ", StringComparison.Ordinal)
            ? source
            : null;

    private async Task<List<Meeting>> KnockAsync(
        IPAddress from, IReadOnlyList<IPAddress> addresses, CancellationToken cancellationToken)
    {
        var pairs = addresses.Take(MostAddresses).Select(to => (from, to)).ToList();
        using var network = StrangersNetwork.Make(pairs);
        return network.Trouble is { } trouble
            ? [.. pairs.Select(pair => new Meeting(pair.from, pair.to, Met.NotTried, trouble))]
            : [
                .. await Task.WhenAll(network.Ways.Select(way => Meeting.MeetAsync(way, _gate, cancellationToken))),
            ];
    }

    private Task<KnockCause> CauseAsync(CountedRules? before, IPAddress from, CancellationToken cancellationToken) =>
        KnockCause.FindAsync(family, before, from, (_gate, _server), cancellationToken);

    private async Task<KnockAdvice> AdviceAsync(List<IPNetwork> sources, CancellationToken cancellationToken) =>
        new(family, (_gate, _server), sources, await FilterAsync(cancellationToken));

    private async Task<string> FilterAsync(CancellationToken cancellationToken)
    {
        var iptables = new IptablesCommand(SystemCommand.RunAsync);
        return (await iptables.ListAsync(family, cancellationToken, "filter")).Output;
    }

    /// <summary>The networks of this family that the gate admits; empty for all.</summary>
    private List<IPNetwork> Sources() =>
        [.. GateSettings.Rules(settings).Sources.Where(one => one.BaseAddress.AddressFamily == Addresses)];

    private bool ListensAt(IPAddress address) =>
        listening is null
        || listening.Any(one =>
            one == "*"
            || (IPAddress.TryParse(one, out var ip)
                && (ip.Equals(address) || ip.Equals(family == Family.Ipv6 ? IPAddress.IPv6Any : IPAddress.Any))));
}
