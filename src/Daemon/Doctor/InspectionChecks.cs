using System.Globalization;
using GaleraGate.Daemon.Options;
using GaleraGate.Domain;
using GaleraGate.Domain.Galera;
using GaleraGate.Infrastructure.Galera;

namespace GaleraGate.Daemon.Doctor;

/// <summary>Checks that need an answer from the server.</summary>
internal sealed class InspectionChecks(Settings settings)
{
    /// <summary>Privileges that an account may have in replica mode; it needs one of them.</summary>
    private static readonly string[] OfReplicas =
        ["REPLICATION CLIENT", "REPLICA MONITOR", "SLAVE MONITOR", "BINLOG MONITOR"];

    /// <summary>The findings for a server that does not answer.</summary>
    public static IEnumerable<Finding> Unknown { get; } =
    [
        .. new[] { "grants", "sst-method", "notify", "host-cache" }
            .Select(subject => Finding.Warning(subject, "not known: the server does not answer", null)),
    ];

    public IEnumerable<Finding> Examine(ServerInspection inspection, OthersMethods? others) =>
        [Grants(inspection), SstMethod(inspection, others), Notify(inspection), HostCache(inspection)];

    private Finding Grants(ServerInspection inspection)
    {
        var more = inspection.Privileges
            .Where(grant => !IsNeeded(grant.Privileges, grant.On))
            .Select(grant => grant.On.Length > 0 ? $"{grant.Privileges} on {grant.On}" : grant.Privileges)
            .ToList();
        return more.Count == 0
            ? Finding.Ok("grants", "the account may only connect")
            : Finding.Warning(
                "grants",
                $"the account may do more than it needs: {string.Join("; ", more)}",
                "an account of its own: CREATE USER galeragate@localhost IDENTIFIED BY '…'; without a GRANT it may "
                + "connect, and that is enough");
    }

    /// <summary>With access to performance_schema, doctor can check the host cache.</summary>
    private bool IsNeeded(string privileges, string on) =>
        (privileges, on) is ("USAGE", "*.*")
        || (settings.Policy().Fitness.Mode == ServerMode.Replica && OfReplicas.Contains(privileges))
        || (privileges == "SELECT" && on.Replace("`", "", StringComparison.Ordinal)
            .StartsWith("performance_schema.", StringComparison.Ordinal));

    private Finding SstMethod(ServerInspection inspection, OthersMethods? others)
    {
        var method = inspection.Variables.GetValueOrDefault("wsrep_sst_method", "");
        var found = SstMethod(method);
        return method.Length == 0 || others is null ? found : others.Beside(method, found);
    }

    private Finding SstMethod(string method)
    {
        const string Subject = "sst-method";
        var policy = settings.Policy().Fitness;
        if (policy.NonblockingSstMethods.Contain(method))
        {
            return Finding.Ok(Subject, $"{method}: a donor keeps serving");
        }

        return method is "mariabackup" or "clone"
            ? Finding.Warning(
                Subject,
                $"{method} does not block its donor, and the gate closes on it all the same: it is not in the list",
                $"to let a donor serve: nonblocking-sst-methods = {policy.NonblockingSstMethods},{method}")
            : AsADonor(Subject, method.Length > 0 ? method : "not set", policy);
    }

    private Finding AsADonor(string subject, string method, FitnessPolicy policy)
    {
        var closes = $"{method}: the gate closes while this node is a donor";
        string[] limits = ["source-address", "source-address-ipv6"];
        return (policy.LastResortDonor, limits.Any(limit => settings.List(limit).Count > 0)) switch
        {
            (false, _) => Finding.Ok(
                subject, $"{closes}; when every node is one, no gate is open (--last-resort donor opens one)"),
            (true, false) => Finding.Ok(
                subject,
                $"{closes}, unless every other known gate is closed (last-resort): writes may then wait for the "
                + "transfer"),
            (true, true) => Finding.Warning(
                subject,
                $"{closes}, unless every other known gate is closed (last-resort); gates that only let "
                + "source-address in refuse this node, and so look closed while they are open",
                "add the addresses of the nodes to source-address on every node"),
        };
    }

    private Finding Notify(ServerInspection inspection)
    {
        const string Subject = "notify";
        const UnixFileMode Executable =
            UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        var command = inspection.Variables.GetValueOrDefault("wsrep_notify_cmd", "").Split(' ')[0];
        if (command.Length == 0)
        {
            var interval = Duration.Format(settings.Time("check-interval"));
            return Finding.Ok(
                Subject, $"wsrep_notify_cmd is not set: view changes are seen by the next poll, within {interval}");
        }

        if (!File.Exists(command))
        {
            return Finding.Error(
                Subject,
                $"wsrep_notify_cmd is {command}, which does not exist: the server logs an error at each view change",
                "install it, or remove wsrep_notify_cmd from the server's configuration and restart it");
        }

        return (File.GetUnixFileMode(command) & Executable) != 0
            ? Finding.Ok(Subject, $"wsrep_notify_cmd is {command}")
            : Finding.Error(
                Subject, $"wsrep_notify_cmd is {command}, which cannot be executed", $"chmod 755 {command}");
    }

    /// <summary>
    /// A plain TCP check through the gate is an aborted handshake to the server: after max_connect_errors of them in a
    /// row, the server blocks that host.
    /// </summary>
    private static Finding HostCache(ServerInspection inspection)
    {
        const string Subject = "host-cache";
        const long Plenty = 1_000_000;
        _ = long.TryParse(
            inspection.Variables.GetValueOrDefault("max_connect_errors", ""),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var most);
        if (inspection.Variables.GetValueOrDefault("skip_name_resolve", "") is "ON" or "1")
        {
            return Finding.Ok(Subject, "skip_name_resolve is ON: no host is blocked for broken handshakes");
        }

        const string Raise =
            "SET GLOBAL max_connect_errors=4294967295, or skip_name_resolve=ON in the server's configuration, or a "
            + "check that completes the handshake";
        var worst = inspection.Hosts?.Where(host => host.Errors * 2 > most).OrderByDescending(host => host.Errors);
        if (worst?.ToList() is [var first, ..])
        {
            var says = $"{first.Host} has {first.Errors} broken handshakes of at most {most}";
            return first.Errors >= most
                ? Finding.Error(Subject, says + ": the server blocks it", "FLUSH HOSTS, and then " + Raise)
                : Finding.Warning(Subject, says + ": it will be blocked", Raise);
        }

        if (most >= Plenty)
        {
            return Finding.Ok(Subject, $"max_connect_errors is {most}");
        }

        const string GetsThere = "a balancer with bare TCP checks reaches it in minutes";
        return inspection.Hosts is not null
            ? Finding.Warning(Subject, $"no host is near it, but max_connect_errors is {most}: {GetsThere}", Raise)
            : Finding.Warning(
                Subject,
                $"max_connect_errors is {most}: {GetsThere}; this account may not see whether one has",
                Raise + "; to see: SELECT HOST, IP, SUM_CONNECT_ERRORS FROM performance_schema.host_cache");
    }
}
