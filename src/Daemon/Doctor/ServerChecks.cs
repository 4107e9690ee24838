using GaleraGate.Daemon.Options;
using GaleraGate.Domain;
using GaleraGate.Domain.Galera;
using GaleraGate.Infrastructure.Galera;
using GaleraGate.Infrastructure.Linux;
using MySqlConnector;

namespace GaleraGate.Daemon.Doctor;

/// <summary>Checks the server and the probe's account.</summary>
internal sealed class ServerChecks(Settings settings, ushort peerHttp)
{
    public async Task<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken)
    {
        var secrets = new List<string>();
        MySqlConnectionStringBuilder server;
        try
        {
            server = ServerAddress.Of(settings, secrets.Add);
        }
        catch (Exception e) when (e is FormatException or UnavailableException)
        {
            var listens = await ListenCheck.ExamineAsync(settings.Port("server-port"), cancellationToken);
            return
            [
                Finding.Error("credentials", e.Message, "galeragate run refuses it: correct the file or the option"),
                Finding.Warning("server", "not asked: its credentials cannot be used", null),
                listens,
            ];
        }

        var timeout = settings.Time("probe-timeout");
        Observation observation;
        await using (var probe = new GaleraProbe(server, timeout, () => Mode))
        {
            observation = await probe.ObserveAsync(cancellationToken);
        }

        var (answers, inspection) = (
            Answers(observation, server), await InspectAsync(server, timeout, cancellationToken));
        var listening = await ListenCheck.ExamineAsync(settings.Port("server-port"), cancellationToken);
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
                ? InspectionChecks.Unknown
                : new InspectionChecks(settings).Examine(inspection, others),
        ];
    }

    private ServerMode Mode => settings.Policy().Fitness.Mode;

    private static async Task<ServerInspection?> InspectAsync(
        MySqlConnectionStringBuilder server, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout * 4);
        try
        {
            return await ServerInspection.AskAsync(server, limit.Token);
        }
        catch (Exception e)
            when (e is MySqlException or IOException
                || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }

    private static Finding Answers(Observation observation, MySqlConnectionStringBuilder server)
    {
        const string Subject = "server";
        var (where, detail) = (ServerAddress.Words(server), observation.ErrorDetail is { } words ? $": {words}" : "");
        var fix = ServerErrors.Fix(observation.ErrorDetail);
        return observation.Error switch
        {
            ProbeError.None => Finding.Ok(
                Subject, $"{where} answers: {observation.VersionComment} {observation.Version}"),
            ProbeError.AccessDenied => Finding.Error(
                Subject,
                $"{where} refuses the probe's credentials or host{detail}",
                fix
                ?? $"CREATE USER {server.UserID}@localhost IDENTIFIED BY '…', and the same in the credentials file"),
            ProbeError.TooManyConnections => Finding.Error(
                Subject,
                $"{where} has no connection left{detail}",
                fix ?? "SET GLOBAL max_connections to more, or find who holds them: SHOW PROCESSLIST"),
            ProbeError.Offline => Finding.Error(Subject, $"{where} is in offline mode{detail}", fix),
            ProbeError.Other => Finding.Error(
                Subject, $"{where} answers with an error{detail}", "look the number up in the server's manual"),
            ProbeError.Timeout => Finding.Error(
                Subject,
                $"{where} does not answer within the probe timeout{detail}",
                fix ?? "look at the server: it hangs, or --probe-timeout is too short"),
            ProbeError.NotReady => Finding.Ok(Subject, $"{where} answers, and is not ready{detail}"),
            ProbeError.Refused or ProbeError.ConnectionLost => Finding.Error(
                Subject,
                $"{where} cannot be reached{detail}",
                fix ?? "start the server, or say where it is: --socket PATH, or --host and --port"),
        };
    }

    /// <summary>
    /// What happens to the gate when the source restarts, which affects all replicas of that source at once.
    /// </summary>
    private string Losing() => settings.Policy().Fitness.ReplicaGrace is { Ticks: > 0 } grace
        ? $"stays open for {Duration.Format(grace)} after its source was lost"
        : "closes when its source restarts, like the gates of all its other replicas (--replica-grace)";

    private Finding Credentials(List<string> secrets)
    {
        const string Subject = "credentials";
        const UnixFileMode Others = UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        if (ServerAddress.CredentialsFile(settings) is not { } file)
        {
            return Finding.Warning(
                Subject,
                $"no file: the probe asks as {Environment.UserName} without a password",
                $"put user and password into the [client] group of {ClientDefaults.DefaultFiles[0]}, mode 0640, group "
                + "galeragate");
        }

        if (secrets.Find(SecretFile.IsOpen) is { } open && !settings.Flag(OptionTable.InsecurePermissions.Name))
        {
            return Finding.Error(
                Subject,
                $"{open} holds a password and everybody on this host can read it: galeragate run refuses it",
                $"chmod o-rwx {open}");
        }

        return (File.GetUnixFileMode(file) & Others) == 0
            ? Finding.Ok(Subject, file)
            : Finding.Warning(
                Subject,
                $"{file} can be read by everybody or written by others than its owner",
                $"chmod g-w,o-rwx {file}");
    }

    private static Finding Galera(Observation observation)
    {
        const string Subject = "galera";
        if (observation.Error != ProbeError.None)
        {
            return Finding.Warning(Subject, "not known: the server does not answer", null);
        }

        var verdict = Fitness.Judge(observation, new FitnessPolicy());
        return verdict.Reasons.HasFlag(Reasons.WsrepOff)
            ? Finding.Error(
                Subject,
                "the server is not a Galera node: wsrep is off, the gate will never open",
                "set wsrep_on=ON, wsrep_provider and wsrep_cluster_address in its configuration")
            : Finding.Ok(
                Subject,
                $"{observation.NodeState}, {observation.ClusterStatus}, cluster size {observation.ClusterSize.Text}");
    }

    private Finding Replica(Observation observation)
    {
        const string Subject = "replica";
        return observation switch
        {
            { Error: ProbeError.AccessDenied } => Finding.Error(
                Subject,
                "not known: the server refuses the account",
                "it needs one privilege: GRANT SLAVE MONITOR ON *.* (MariaDB 10.5 and later) or GRANT REPLICATION "
                + "CLIENT ON *.*"),
            { Error: not ProbeError.None } => Finding.Warning(
                Subject, "not known: the server does not answer", null),
            _ when observation.ReplicaRunning.Is(true) => Finding.Ok(
                Subject,
                $"{observation.ReplicaChannels.Text} channels run, "
                + $"{observation.ReplicaLag.Text ?? "an unknown number of"} seconds behind; the gate {Losing()}"),
            _ when observation.ReplicaChannels.Is(0) => Finding.Error(
                Subject,
                "the server replicates from nowhere: the gate will never open",
                "CHANGE MASTER TO …, or --mode galera"),
            _ => Finding.Warning(Subject, "replication is not running", "SHOW REPLICA STATUS says why"),
        };
    }
}
