using System.Net;
using GaleraGate.Infrastructure.Knock;
using What = GaleraGate.Infrastructure.Knock.Met;

namespace GaleraGate.Daemon.Doctor;

/// <summary>Describes what a client from outside experienced.</summary>
internal sealed class KnockWords(string subject, ushort gatePort, List<Meeting> met)
{
    /// <summary>The server's error for a host that no account names.</summary>
    private const string HostNotAllowed = "error 1130:";

    public List<Meeting> Met => met;

    private string Client => $"a client from {met[0].From}";

    public Finding NotTried() => Finding.Warning(
        subject, $"no client could knock from outside: {met[0].Words}", "run as root: sudo galeragate doctor");

    public Finding Turned() => Finding.Warning(
        subject, "the gate opened or closed while a client knocked: not known", "galeragate doctor");

    public Finding NotKnown(string trouble) => Finding.Warning(
        subject, $"{Client} {Deeds(met)}; whether the gate should be open is not known: {trouble}", null);

    public Finding Closed() => Finding.Ok(
        subject,
        $"the gate is closed: {Client} {Deeds(met)}, at once; whether an open gate serves was not tried");

    public Finding ClosedInSilence(KnockCause cause, string? mend) => Finding.Warning(
        subject,
        $"the gate is closed, and {Client} {Deeds(met)} instead of being refused at once: {cause.Says}",
        mend);

    public Finding OpenAllTheSame() => Finding.Error(
        subject,
        $"the gate is closed, and {Client} {Deeds(met)}: something other than galeragate serves it",
        $"see what: ss -ltnp sport = :{gatePort}; iptables -t nat -S; nft list ruleset");

    public Finding NobodyListens(ushort server) => Finding.Error(
        subject,
        $"the gate is open, and {Client} {Deeds(met)}: the server listens at none of these addresses on port {server}",
        "bind_address=* in the server's configuration");

    public Finding Served(List<Meeting> served)
    {
        var others = met.Except(served).ToList();
        return Finding.Ok(
            subject,
            $"the gate is open: {Client} meets the server at {Places(served)}{Version(served[0])}"
            + $"{(others.Count == 0 ? "" : $"; it {Deeds(others)}, where the server does not listen")}");
    }

    public Finding ServedFrom(ServedSources some, Meeting stranger, KnockCause cause)
    {
        var rules = string.Join(" and ", some.Rules);
        return some.Met is { } served
            ? Finding.Ok(
                subject,
                $"the gate is open: a client from {served[0].From} meets the server at {Places(served)}, by {rules}; "
                + $"one from {stranger.From} {Deeds([stranger])}")
            : Finding.Warning(
                subject,
                $"the gate is open, and {Client} {Deeds([stranger])}: {cause.Says}. Some others are let in, as whom "
                + $"no knock is possible from here (another host's address, or an interface): {rules}",
                null);
    }

    public Finding OthersOnly(IReadOnlyList<IPNetwork> sources)
    {
        var named = $"--source-address lets {string.Join(", ", sources)} in";
        return met.Exists(one => one.Met is What.Greeting or What.TurnedAway)
            ? Finding.Error(subject, $"{named}, and {Client} {Deeds(met)}", "iptables -t nat -S")
            : Finding.Warning(
                subject,
                $"{named}, which no knock from here can use: they are of other hosts; {Client} {Deeds(met)}, as it "
                + "should",
                null);
    }

    /// <summary>
    /// The server's accounts do not allow this client's host but allow others. The server itself answered, so the way
    /// through the gate works.
    /// </summary>
    public Finding TurnedAway(Meeting turned) =>
        turned.Words?.StartsWith(HostNotAllowed, StringComparison.Ordinal) == true
            ? Finding.Warning(
                subject,
                $"the gate is open, and {Client} gets through to the server at {turned.To}, which has no account for "
                + $"that address: {turned.Words}. Whether it has one for your clients is not known",
                "ask from a client's host: mariadb-admin -h NODE -P 3308 ping")
            : Finding.Error(
                subject, $"the gate is open, and the server turns {Client} away at {turned.To}: {turned.Words}", null);

    public Finding KeptOut(List<Meeting> failed, KnockCause cause, string? mend) => Finding.Error(
        subject,
        $"the gate is open, and {Client} {Deeds(failed)}: {cause.Says}",
        mend);

    private static string Version(Meeting served) => served.Words is { Length: > 0 } version ? $" ({version})" : "";

    private static string Places(IEnumerable<Meeting> all) => string.Join(", ", all.Select(one => one.To));

    private static string Deeds(IEnumerable<Meeting> all) =>
        string.Join(" and ", all.GroupBy(one => (one.Met, one.Words)).Select(group => Deed(group.Key, Places(group))));

    private static string Deed((What Met, string? Words) what, string places)
    {
        var words = what.Words is { Length: > 0 } said ? $" ({said})" : "";
        return what.Met switch
        {
            What.Greeting => $"meets a server at {places}",
            What.TurnedAway => $"is turned away by a server at {places}{words}",
            What.Refused => $"is refused at {places}",
            What.Unreachable => $"learns that there is no route to {places}{words}",
            What.NoAnswer => $"gets no answer at {places}",
            What.NoGreeting => $"gets a connection and no greeting at {places}{words}",
            What.NotTried => $"could not be tried at {places}{words}",
        };
    }
}
