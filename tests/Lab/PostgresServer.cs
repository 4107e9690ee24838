using System.Diagnostics;
using System.Globalization;

namespace GaleraGate.Lab;

/// <summary>
/// A real PostgreSQL of the test's own, reached over a Unix socket and loopback TCP. Tests stop, kill and start it as
/// they need.
/// </summary>
public sealed class PostgresServer : IDisposable
{
    private const string User = "postgres";
    private static readonly string[] AsUser = ["--reuid", User, "--regid", User, "--clear-groups"];

    private readonly LabHost _host = new();
    private readonly string _bin =
        Directory
            .GetDirectories("/usr/lib/postgresql")
            .OrderByDescending(path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture))
            .First() + "/bin";
    private Process? _process;

    private PostgresServer(PostgresServer? primary)
    {
        Shell.Run("chmod", ["755", _host.Folder]);
        _ = Directory.CreateDirectory(Socket);
        _ = Directory.CreateDirectory(Data);
        Shell.Run("chmod", ["700", Data]);
        Shell.Run("chown", ["-R", User, Socket, Data]);
        if (primary is null)
        {
            Shell.Run(
                "setpriv",
                [.. AsUser, $"{_bin}/initdb", "-D", Data, "-U", User, "-A", "trust", "--no-sync", "--locale=C.UTF-8"]);
        }
        else
        {
            Shell.Run(
                "setpriv",
                [
                    .. AsUser,
                    $"{_bin}/pg_basebackup",
                    "-h",
                    primary.Socket,
                    "-U",
                    User,
                    "-D",
                    Data,
                    "-R",
                    "-c",
                    "fast",
                    "--no-sync",
                ]);
        }

        Start();
    }

    /// <summary>The folder of its Unix socket, which clients give as the host.</summary>
    public string Socket => Path.Combine(_host.Folder, "socket");

    public string Folder => _host.Folder;

    public string Connection => $"Host={Socket};Username={User};Database={User};Timeout=2";

    private string Data => Path.Combine(_host.Folder, "data");

    public static PostgresServer Begin() => new(null);

    /// <summary>A standby that follows a primary and accepts no writes until it is promoted.</summary>
    public static PostgresServer Standby(PostgresServer primary) => new(primary);

    /// <summary>Promotes a standby to primary.</summary>
    public void Promote() => Shell.Run("setpriv", [.. AsUser, $"{_bin}/pg_ctl", "promote", "-w", "-D", Data]);

    /// <summary>Waits until a standby has everything that its primary has written.</summary>
    public void AwaitCaughtUpWith(PostgresServer primary)
    {
        var written = primary.Sql("SELECT pg_current_wal_lsn()").Trim();
        Shell.Await(
            () => Sql($"SELECT pg_last_wal_replay_lsn() >= '{written}'").Trim() == "t",
            TimeSpan.FromSeconds(30),
            "the standby to catch up");
    }

    /// <summary>Loads a dump made by pg_dump.</summary>
    public void Restore(string file) =>
        Shell.Run("psql", ["-h", Socket, "-U", User, "-XAtq", "-v", "ON_ERROR_STOP=1", "-f", file]);

    public void Start()
    {
        _process = Shell.Start(
            "setpriv",
            [
                .. AsUser,
                $"{_bin}/postgres",
                "-D",
                Data,
                "-k",
                Socket,
                "-c",
                "listen_addresses=",
                "-c",
                "max_connections=50",
                "-c",
                "dynamic_shared_memory_type=mmap",
                "-c",
                "logging_collector=off",
            ]);
        _process.ErrorDataReceived += (_, _) => { };
        _process.OutputDataReceived += (_, _) => { };
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        Shell.Await(
            () => Shell.Try($"{_bin}/pg_isready", ["-h", Socket]).ExitCode == 0 || _process.HasExited,
            TimeSpan.FromSeconds(60),
            "PostgreSQL");
    }

    /// <summary>Makes the server accept connections but answer nothing, or lets it run on.</summary>
    public void Freeze(bool frozen)
    {
        foreach (var pid in Pids())
        {
            Shell.Signal(frozen ? "-STOP" : "-CONT", pid);
        }
    }

    /// <summary>Sends kill -9 to the server and to every process that serves its clients.</summary>
    public void Kill()
    {
        // A stopped server starts no process between the listing and the kill. A process that survived would write at
        // the same time as the next server.
        Shell.Signal("-STOP", Pids()[0]);
        var pids = Pids();
        foreach (var pid in pids)
        {
            Shell.Signal("-KILL", pid);
        }

        _process!.WaitForExit();
        _process.Dispose();
        _process = null;
        Shell.Await(
            () => pids.TrueForAll(pid => !Shell.IsAlive(pid)), TimeSpan.FromSeconds(20), "the end of PostgreSQL");
        File.Delete(Path.Combine(Data, "postmaster.pid"));
    }

    /// <summary>The server's pid first, then those of the processes that it started.</summary>
    private List<int> Pids()
    {
        var file = Path.Combine(Data, "postmaster.pid");
        if (!File.Exists(file))
        {
            return [];
        }

        var pid = File.ReadLines(file).First();
        return [
            .. Shell
                .Try("pgrep", ["-P", pid])
                .Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Prepend(pid)
                .Select(text => int.Parse(text, CultureInfo.InvariantCulture)),
        ];
    }

    public string Sql(string statement) =>
        Shell.Run("psql", ["-h", Socket, "-U", User, "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", statement]);

    public void Dispose()
    {
        if (_process is not null)
        {
            Kill();
        }

        _host.Dispose();
    }
}
