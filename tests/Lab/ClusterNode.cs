using System.Diagnostics;
using System.Globalization;
using MySqlConnector;

namespace GaleraGate.Lab;

/// <summary>One node: a real server that a test can start, stop and break.</summary>
public sealed class ClusterNode(Cluster cluster, int number, int size, Space space)
{
    public const string ProbeUser = "galeragate";
    public const string ProbePassword = "probe #secret";
    public const string AppUser = "app";
    public const string AppPassword = "app";

    internal const string Provider = "/usr/lib/galera/libgalera_smm.so";

    private const string ProviderOptions =
        "gcache.size=16M;evs.keepalive_period=PT0.5S;evs.suspect_timeout=PT2S;evs.inactive_timeout=PT5S;"
        + "evs.install_timeout=PT5S;pc.recovery=false";

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private string? _method;
    private IReadOnlyDictionary<string, string> _options = new Dictionary<string, string>();

    public string Name { get; } = $"n{number}";

    public string Address { get; } = $"10.77.0.{number}";

    public string AddressIpv6 { get; } = $"fd77::{number}";

    public string PeerAddress { get; } = $"10.77.1.{number}";

    public Space Space { get; } = space;

    public string Folder { get; } = Path.Combine(cluster.Folder, $"n{number}");

    public string Socket => Path.Combine(Folder, "mysql.sock");

    /// <summary>A my.cnf with the probe's credentials.</summary>
    public string Credentials => Path.Combine(Folder, "probe.cnf");

    /// <summary>The FIFO on which the node's daemon receives view changes.</summary>
    public string Notify => Path.Combine(Folder, "journal.notify");

    /// <summary>The server's wsrep_notify_cmd.</summary>
    public string NotifyScript => Path.Combine(Scripts, "galeragate-notify");

    private string Scripts => Path.Combine(cluster.Folder, "scripts");

    private string DataDirectory => Path.Combine(Folder, "data");

    private string ConfigFile => Path.Combine(Folder, "my.cnf");

    private string PidFile => Path.Combine(Folder, "pid");

    public int Pid =>
        File.Exists(PidFile) && int.TryParse(File.ReadAllText(PidFile), CultureInfo.InvariantCulture, out var pid)
            ? pid
            : 0;

    public bool IsRunning => Pid != 0 && Shell.IsAlive(Pid);

    /// <summary>The root of the release whose server programs to run; null for the host's.</summary>
    public string? Root { get; set; }

    /// <summary>Copies the template's data and writes the configuration.</summary>
    public void Install(string sstMethod, IReadOnlyDictionary<string, string> options)
    {
        _ = Directory.CreateDirectory(Folder);
        ServerTemplate.CopyTo(DataDirectory, Root);
        File.WriteAllText(Credentials, $"[client]\nuser={ProbeUser}\npassword=\"{ProbePassword}\"\n");
        File.SetUnixFileMode(Credentials, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        _options = options;
        Configure(sstMethod);
        Shell.Run("chown", ["-R", "mysql:", Folder]);
    }

    /// <summary>Writes the configuration for the next start.</summary>
    public void Configure(string sstMethod)
    {
        _method = sstMethod;
        var peers = string.Join(',', Enumerable.Range(1, size).Select(peer => $"10.77.1.{peer}"));
        File.WriteAllText(ConfigFile, $"""
            [mysqld]
            datadir={DataDirectory}
            socket={Socket}
            pid-file={PidFile}
            log-error={Folder}/error.log
            user=mysql
            port=3306
            bind-address=*
            skip-name-resolve
            max_connections=60
            performance_schema=OFF
            innodb_buffer_pool_size=32M
            innodb_log_file_size=16M
            innodb_flush_log_at_trx_commit=0
            innodb_autoinc_lock_mode=2
            binlog_format=ROW
            wsrep_on=ON
            wsrep_provider={Provider}
            wsrep_cluster_name=lab
            wsrep_cluster_address=gcomm://{peers}
            wsrep_node_name={Name}
            wsrep_node_address={PeerAddress}
            wsrep_sst_method={sstMethod}
            wsrep_sst_auth=root:
            wsrep_notify_cmd='{NotifyScript} {Notify}'
            wsrep_provider_options="{ProviderOptions}"
            {string.Join('\n', _options.Select(option => $"{option.Key}={option.Value}"))}
            """ + "\n");
    }

    /// <summary>Starts the server and returns before it is ready.</summary>
    public void Start(bool isFirst = false)
    {
        File.Delete(PidFile);
        // Debian ships no wsrep_sst_xtrabackup-v2. A link to the mariabackup script, next to the files that it
        // includes, provides the method.
        if (!Directory.Exists(Scripts))
        {
            _ = Directory.CreateDirectory(Scripts);
            File.CreateSymbolicLink(Path.Combine(Scripts, "wsrep_sst_xtrabackup-v2"), "/usr/bin/wsrep_sst_mariabackup");
            File.CreateSymbolicLink(Path.Combine(Scripts, "wsrep_sst_common"), "/usr/bin/wsrep_sst_common");
            File.Copy(Path.Combine(AppContext.BaseDirectory, "galeragate-notify"), NotifyScript);
        }

        string[] first = isFirst ? ["--wsrep-new-cluster"] : [];
        string[] inside = Root is null ? [] : ["chroot", Root];
        var process = Process.Start(
            new ProcessStartInfo(
                "ip",
                [
                    "netns", "exec", Space.Name, "setsid", "-f", .. inside, "mariadbd",
                    $"--defaults-file={ConfigFile}", .. first,
                ])
            {
                Environment = { ["PATH"] = $"{Scripts}:{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin" },
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        process.WaitForExit();
    }

    public void AwaitSynced()
    {
        try
        {
            Shell.Await(
                () => Status("wsrep_local_state") == "4" && Status("wsrep_ready") == "ON",
                StartLimit,
                $"{Name} to be synced");
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException(
                $"{e.Message}; the end of its log:\n{Shell.Run("tail", ["-n", "40", $"{Folder}/error.log"])}", e);
        }
    }

    /// <summary>Shuts the server down cleanly and waits until it has exited.</summary>
    public void Stop() => End("-TERM");

    public void Kill() => End("-KILL");

    public void Freeze() => Shell.Signal("-STOP", Pid);

    public void Thaw() => Shell.Signal("-CONT", Pid);

    public void Desync(bool on) => Execute($"SET GLOBAL wsrep_desync={(on ? "ON" : "OFF")}");

    public void ReadOnly(bool on) => Execute($"SET GLOBAL read_only={(on ? "ON" : "OFF")}");

    public void RejectQueries(string what) => Execute($"SET GLOBAL wsrep_reject_queries={what}");

    /// <summary>Sets the donor's own SST method. The joiner's is in its configuration.</summary>
    public void SetSstMethod(string method) => Execute($"SET GLOBAL wsrep_sst_method='{method}'");

    /// <summary>
    /// Deletes the data and starts the server, so that a peer becomes the donor of a full state transfer.
    /// </summary>
    public void RejoinByStateTransfer(string method)
    {
        Stop();
        Directory.Delete(DataDirectory, recursive: true);
        _ = Directory.CreateDirectory(DataDirectory);
        Shell.Run("chown", ["mysql:", DataDirectory]);
        Configure(method);
        Start();
    }

    /// <summary>The value of a status variable; null if the server does not answer.</summary>
    public string? Status(string name)
    {
        try
        {
            return Query($"SHOW GLOBAL STATUS LIKE '{name}'", 1);
        }
        catch (MySqlException)
        {
            return null;
        }
    }

    public void Execute(string statement) => _ = Query(statement, 0);

    /// <summary>
    /// Runs a statement as root over the socket and returns one column of the first row, if there is a row.
    /// </summary>
    public string? Query(string statement, int column)
    {
        return Work().GetAwaiter().GetResult();

        async Task<string?> Work()
        {
            var options = new MySqlConnectionStringBuilder
            {
                Server = Socket,
                ConnectionProtocol = MySqlConnectionProtocol.UnixSocket,
                UserID = "root",
                Pooling = false,
                CancellationTimeout = -1,
                AllowUserVariables = true,
            };
            await using var connection = new MySqlConnection(options.ConnectionString);
            await connection.OpenAsync();
            await using var command = new MySqlCommand(statement, connection);
            await using var reader = await command.ExecuteReaderAsync();
            return await reader.ReadAsync()
                ? Convert.ToString(reader.GetValue(column), CultureInfo.InvariantCulture)
                : null;
        }
    }

    private void End(string signal)
    {
        var pid = Pid;
        if (pid != 0)
        {
            Shell.Signal(signal, pid);
            Shell.Await(() => !Shell.IsAlive(pid), StartLimit, $"{Name} to end");
        }
    }

    public override string ToString() => $"{Name} ({_method})";
}
