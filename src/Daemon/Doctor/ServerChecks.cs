using System.Globalization;
using System.Net;
using GaleraGate.Daemon.Options;
using GaleraGate.Domain;
using GaleraGate.Domain.Galera;
using GaleraGate.Infrastructure.Galera;
using GaleraGate.Infrastructure.Linux;
using MySqlConnector;

namespace GaleraGate.Daemon.Doctor;

/// <summary>What must be right about the server and the account that asks it.</summary>
internal sealed class ServerChecks(Settings settings, ushort peerHttp)
{
    /// <summary>What only a server that answers can tell.</summary>
    private static readonly string[] OfAnswers = ["grants", "sst-method", "notify", "host-cache"];

    public async Task<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken)
    {
        var secrets = new List<string>();
        var server = ServerAddress.Of(settings, secrets.Add);
        var timeout = settings.Time("probe-timeout");
        Observation observation;
        await using (var probe = new GaleraProbe(server, timeout, () => Mode))
        {
            observation = await probe.ObserveAsync(cancellationToken);
        }

        var (answers, inspection) = (Answers(observation, server), await InspectAsync(server, timeout, cancellationToken));
        var listening = await ListeningAsync(cancellationToken);
        var others = inspection is null || Mode == ServerMode.Replica
            ? null
            : await OthersMethods.AskAsync(settings, peerHttp, cancellationToken);
        return
        [
            Credentials(secrets),
            answers,
            Mode == ServerMode.Replica ? Replica(observation) : Galera(observation),
            listening,
            .. inspection is null
                ? OfAnswers.Select(subject => Finding.Warning(subject, "not known: the server does not answer", null))
                : [Grants(inspection), SstMethod(inspection, others), Notify(inspection), HostCache(inspection)],
        ];
    }

    private ServerMode Mode => settings.Policy().Fitness.Mode;

    private static async Task<ServerInspection?> InspectAsync(MySqlConnectionStringBuilder server, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout * 4);
        try
        {
            return await ServerInspection.AskAsync(server, limit.Token);
        }
        catch (Exception e) when (e is MySqlException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }

    private Finding Credentials(List<string> secrets)
    {
        const string Subject = "credentials";
        const UnixFileMode Others = UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        return ServerAddress.CredentialsFile(settings) is not { } file
            ? Finding.Warning(
                Subject, $"no file: the probe asks as {Environment.UserName} without a password",
                $"put user and password into the [client] group of {ClientDefaults.DefaultFiles[0]}, mode 0640, group galeragate")
            : secrets.Find(SecretFile.IsOpen) is { } open && !settings.Flag(OptionTable.InsecurePermissions.Name)
                ? Finding.Error(Subject, $"{open} holds a password and everybody on this host can read it: galeragate run refuses it", $"chmod o-rwx {open}")
            : (File.GetUnixFileMode(file) & Others) != 0
                ? Finding.Warning(Subject, $"{file} can be read by everybody or written by others than its owner", $"chmod g-w,o-rwx {file}")
                : Finding.Ok(Subject, file);
    }

    private static Finding Answers(Observation observation, MySqlConnectionStringBuilder server)
    {
        const string Subject = "server";
        var (where, detail) = (ServerAddress.Words(server), observation.ErrorDetail is { } words ? $": {words}" : "");
        return observation.Error switch
        {
            ProbeError.None => Finding.Ok(Subject, $"{where} answers: {observation.VersionComment} {observation.Version}"),
            ProbeError.AccessDenied => Finding.Error(
                Subject, $"{where} refuses the probe's credentials or host{detail}", $"CREATE USER {server.UserID}@localhost IDENTIFIED BY '…', and the same in the credentials file"),
            ProbeError.TooManyConnections => Finding.Error(Subject, $"{where} has no connection left{detail}", "SET GLOBAL max_connections to more, or find who holds them: SHOW PROCESSLIST"),
            ProbeError.Timeout => Finding.Error(Subject, $"{where} does not answer within the probe timeout", "look at the server: it hangs, or --probe-timeout is too short"),
            ProbeError.NotReady => Finding.Ok(Subject, $"{where} answers, and is not ready{detail}"),
            ProbeError.Refused or ProbeError.ConnectionLost => Finding.Error(
                Subject, $"{where} cannot be reached{detail}", "start the server, or say where it is: --socket PATH, or --host and --port"),
        };
    }

    private static Finding Galera(Observation observation)
    {
        const string Subject = "galera";
        var verdict = Fitness.Judge(observation, new FitnessPolicy());
        return observation.Error != ProbeError.None ? Finding.Warning(Subject, "not known: the server does not answer", null)
            : verdict.Reasons.HasFlag(Reasons.WsrepOff)
                ? Finding.Error(Subject, "the server is no Galera node: wsrep is off, the gate will never open", "set wsrep_on=ON, wsrep_provider and wsrep_cluster_address in its configuration")
                : Finding.Ok(Subject, $"{observation.NodeState}, {observation.ClusterStatus}, cluster size {observation.ClusterSize.Text}");
    }

    private static Finding Replica(Observation observation)
    {
        const string Subject = "replica";
        return observation.Error == ProbeError.AccessDenied
            ? Finding.Error(Subject, "not known: the server refuses the account", "it needs one privilege: GRANT SLAVE MONITOR ON *.* (MariaDB 10.5 and later) or GRANT REPLICATION CLIENT ON *.*")
            : observation.Error != ProbeError.None ? Finding.Warning(Subject, "not known: the server does not answer", null)
            : observation.ReplicaRunning.Is(true) ? Finding.Ok(Subject, $"{observation.ReplicaChannels.Text} channels run, {observation.ReplicaLag.Text ?? "an unknown number of"} seconds behind")
            : observation.ReplicaChannels.Is(0) ? Finding.Error(Subject, "the server replicates from nowhere: the gate will never open", "CHANGE MASTER TO …, or --mode galera")
            : Finding.Warning(Subject, "replication does not run", "SHOW REPLICA STATUS says why");
    }

    /// <summary>The redirect leads to the address that the client asked for: a server on 127.0.0.1 alone is not reached.</summary>
    private async Task<Finding> ListeningAsync(CancellationToken cancellationToken)
    {
        const string Subject = "listening";
        var port = settings.Port("server-port");
        var listed = await SystemCommand.RunAsync("ss", ["-Hltn", $"sport = :{port}"], "", cancellationToken);
        if (!listed.Succeeded)
        {
            return Finding.Warning(Subject, $"not known: {listed.Error}", "apt-get install iproute2");
        }

        var addresses = listed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(fields => fields.Length > 3)
            .Select(fields => fields[3][..fields[3].LastIndexOf(':')].Split('%')[0].Trim('[', ']')).Distinct().ToList();
        var reached = addresses.Where(address => address == "*" || !IPAddress.TryParse(address, out var ip) || !IPAddress.IsLoopback(ip)).ToList();
        var serves4 = reached.Exists(address => address is "*" or "0.0.0.0" || (IPAddress.TryParse(address, out var ip) && ip.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork));
        return (addresses.Count, reached.Count) switch
        {
            (0, _) => Finding.Error(Subject, string.Create(CultureInfo.InvariantCulture, $"nothing listens on port {port}, where the redirect leads"), "start the server, or say its port with --server-port"),
            (_, 0) => Finding.Error(Subject, string.Create(CultureInfo.InvariantCulture, $"port {port} listens on {string.Join(", ", addresses)} alone: no redirected client gets there"), "bind_address=* in the server's configuration"),
            _ when !serves4 => Finding.Warning(
                Subject, string.Create(CultureInfo.InvariantCulture, $"port {port} listens on {string.Join(", ", addresses)}, on IPv6 alone: clients over IPv4 are refused"), "bind_address=* in the server's configuration: :: means IPv6 alone on some versions"),
            _ => Finding.Ok(Subject, string.Create(CultureInfo.InvariantCulture, $"port {port} on {string.Join(", ", addresses)}")),
        };
    }

    private Finding Grants(ServerInspection inspection)
    {
        var more = inspection.Privileges
            .Where(grant => grant is not ("USAGE", "*.*") && !(Mode == ServerMode.Replica && grant.Privileges is "REPLICATION CLIENT" or "REPLICA MONITOR" or "SLAVE MONITOR" or "BINLOG MONITOR") && !(grant.Privileges == "SELECT" && grant.On.Replace("`", "", StringComparison.Ordinal).StartsWith("performance_schema.", StringComparison.Ordinal)))
            .Select(grant => $"{grant.Privileges}{(grant.On.Length > 0 ? $" on {grant.On}" : "")}").ToList();
        return more.Count == 0
            ? Finding.Ok("grants", "the account may connect, and no more")
            : Finding.Warning(
                "grants", $"the account may do more than it needs: {string.Join("; ", more)}",
                "an account of its own: CREATE USER galeragate@localhost IDENTIFIED BY '…'; without a GRANT it may connect, and that is enough");
    }

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
        return policy.NonblockingSstMethods.Contain(method)
            ? Finding.Ok(Subject, $"{method}: a donor goes on serving")
            : method is "mariabackup" or "clone"
                ? Finding.Warning(
                    Subject, $"{method} does not block its donor, and the gate closes on it all the same: it is not in the list",
                    $"to let a donor serve: nonblocking-sst-methods = {policy.NonblockingSstMethods},{method}")
                : Finding.Ok(Subject, $"{(method.Length > 0 ? method : "not set")}: the gate closes while this node is a donor");
    }

    private Finding Notify(ServerInspection inspection)
    {
        const string Subject = "notify";
        var command = inspection.Variables.GetValueOrDefault("wsrep_notify_cmd", "").Split(' ')[0];
        return command.Length == 0
            ? Finding.Ok(Subject, $"wsrep_notify_cmd is not set: view changes are seen by the next poll, within {Duration.Format(settings.Time("check-interval"))}")
            : !File.Exists(command)
                ? Finding.Error(Subject, $"wsrep_notify_cmd is {command}, which is not there: the server complains at each view change", "install it, or take wsrep_notify_cmd out of the server's configuration and restart it")
                : (File.GetUnixFileMode(command) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) == 0
                    ? Finding.Error(Subject, $"wsrep_notify_cmd is {command}, which cannot be executed", $"chmod 755 {command}")
                    : Finding.Ok(Subject, $"wsrep_notify_cmd is {command}");
    }

    /// <summary>A bare TCP check through the gate is a broken handshake to the server: after max_connect_errors of them in a row it blocks that host.</summary>
    private static Finding HostCache(ServerInspection inspection)
    {
        const string Subject = "host-cache";
        const long Plenty = 1_000_000;
        _ = long.TryParse(inspection.Variables.GetValueOrDefault("max_connect_errors", ""), NumberStyles.None, CultureInfo.InvariantCulture, out var most);
        if (inspection.Variables.GetValueOrDefault("skip_name_resolve", "") is "ON" or "1")
        {
            return Finding.Ok(Subject, "skip_name_resolve is ON: no host is blocked for broken handshakes");
        }

        const string Raise = "SET GLOBAL max_connect_errors=4294967295, or skip_name_resolve=ON in the server's configuration, or a check that completes the handshake";
        var worst = inspection.Hosts?.Where(host => host.Errors * 2 > most).OrderByDescending(host => host.Errors).ToList() ?? [];
        if (worst is [var first, ..])
        {
            var says = $"{first.Host} has {first.Errors} broken handshakes of at most {most}";
            return first.Errors >= most
                ? Finding.Error(Subject, says + ": the server blocks it", "FLUSH HOSTS, and then " + Raise)
                : Finding.Warning(Subject, says + ": it will be blocked", Raise);
        }

        return most >= Plenty ? Finding.Ok(Subject, $"max_connect_errors is {most}")
            : inspection.Hosts is not null ? Finding.Warning(Subject, $"no host is near it, but max_connect_errors is {most}: a balancer with bare TCP checks gets there in minutes", Raise)
            : Finding.Warning(
                Subject, $"max_connect_errors is {most}: a balancer with bare TCP checks gets there in minutes; this account may not see whether one has",
                Raise + "; to see: SELECT HOST, IP, SUM_CONNECT_ERRORS FROM performance_schema.host_cache");
    }
}
