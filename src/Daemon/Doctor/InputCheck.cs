using GaleraGate.Daemon.Gatekeeping;
using GaleraGate.Daemon.Options;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.ClusterFirewall;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Daemon.Doctor;

/// <summary>
/// What the filter rules do with clients, for address families in which no test client could connect. INPUT sees the
/// port after the redirect: the server's port must be accepted, and the gate's port must be rejected, not dropped.
/// </summary>
internal sealed class InputCheck(Settings settings, IReadOnlyList<Family> families)
{
    private const string Subject = "input";

    private readonly ushort _gate = settings.Port("gate-port");
    private readonly ushort _server = settings.Port("server-port");

    public async Task<Finding> ExamineAsync(CancellationToken cancellationToken)
    {
        var words = new List<string>();
        foreach (var family in families)
        {
            var iptables = new IptablesCommand(SystemCommand.RunAsync);
            var listed = await iptables.ListAsync(family, cancellationToken, "filter");
            if (!listed.Succeeded)
            {
                return Finding.Warning(Subject, $"not known: {iptables.Name(family)}: {listed.Error}", null);
            }

            var finding = Examine(iptables.Name(family), family, listed.Output);
            if (finding.Severity != Severity.Ok)
            {
                return finding;
            }

            words.Add(finding.Says);
        }

        return words.Count == 0
            ? Finding.Ok(Subject, "a client has met the rules: see the knock")
            : Finding.Ok(Subject, string.Join("; ", words.Distinct()));
    }

    private Finding Examine(string name, Family family, string filter)
    {
        var rules = new InputRules(filter);
        var (through, closed) = (rules.Walk(_server, _gate), rules.Walk(_gate, _gate));
        var letsSomeIn = through.ForSome.Any(rule => rule.Contains(" -j ACCEPT", StringComparison.Ordinal));
        var advice = new KnockAdvice(family, (_gate, _server), Sources(family), filter);
        return through.Fate switch
        {
            not InputFate.Accepted when !letsSomeIn => Finding.Error(
                Subject,
                $"{name}: redirected clients are {Words(through)}: a filter rule sees port {_server}, not {_gate}",
                advice.Filter()),
            _ when closed.Fate == InputFate.Dropped => Finding.Warning(
                Subject,
                $"{name}: at a closed gate clients are {Words(closed)}: they wait for their own timeout instead of "
                + "being refused",
                $"{name} -I INPUT -p tcp --dport {_gate} -j REJECT --reject-with tcp-reset"),
            not InputFate.Accepted => Finding.Ok(
                Subject,
                $"{name}: redirected clients pass by {string.Join(" and ", through.ForSome)}; others are "
                + $"{Words(through)}"),
            _ when through.ForSome.Count > 0 => Finding.Ok(
                Subject,
                $"{name}: redirected clients are {Words(through)}, except where "
                + $"{string.Join(" and ", through.ForSome)} decides"),
            _ => Finding.Ok(Subject, "as iptables lists its rules, redirected clients pass and a closed gate refuses"),
        };
    }

    private List<System.Net.IPNetwork> Sources(Family family) =>
    [
        .. GateSettings.Rules(settings).Sources.Where(source =>
            source.BaseAddress.AddressFamily == (family == Family.Ipv6
                ? System.Net.Sockets.AddressFamily.InterNetworkV6
                : System.Net.Sockets.AddressFamily.InterNetwork)),
    ];

    private static string Words(InputVerdict verdict) =>
        $"{verdict.Fate.ToString().ToLowerInvariant()} by "
        + $"{(verdict.Rule is null ? "the policy of INPUT" : verdict.Rule)}";
}
