using System.Diagnostics;

namespace GaleraGate.Lab;

/// <summary>A real MariaDB server without Galera, reached over its socket and over the host's loopback TCP.</summary>
public sealed class PlainServer : IDisposable
{
    private readonly LabHost _host = new();
    private readonly Process _process;

    private PlainServer(Space? space, IEnumerable<string> options)
    {
        Port = space is null ? FreePort() : 3306;
        var data = Path.Combine(_host.Folder, "data");
        ServerTemplate.CopyTo(data);
        Shell.Run("chown", ["-R", "mysql:", _host.Folder]);
        string[] inside = space is null ? [] : ["netns", "exec", space.Name, "mariadbd"];
        _process = Shell.Start(space is null ? "mariadbd" : "ip", [
            .. inside,
            "--no-defaults",
            "--user=mysql",
            $"--datadir={data}",
            $"--socket={Socket}",
            $"--port={Port}",
            "--bind-address=127.0.0.1",
            "--wsrep-on=OFF",
            $"--log-error={_host.Folder}/error.log",
            "--innodb-log-file-size=16M",
            "--innodb-buffer-pool-size=32M",
            "--skip-name-resolve",
            .. options,
        ]);
        Shell.Await(
            () =>
                Shell.Try("mariadb-admin", ["--no-defaults", "-uroot", $"-S{Socket}", "ping"]).ExitCode == 0
                || _process.HasExited,
            TimeSpan.FromSeconds(60), "the server");
        if (_process.HasExited)
        {
            throw new InvalidOperationException(File.ReadAllText(Path.Combine(_host.Folder, "error.log")));
        }
    }

    public int Port { get; }

    public int Pid => _process.Id;

    public string Socket => Path.Combine(_host.Folder, "mysql.sock");

    public string Folder => _host.Folder;

    public static PlainServer Start(params IEnumerable<string> options) => new(null, options);

    /// <summary>Starts the server in a namespace, on port 3306.</summary>
    public static PlainServer StartIn(Space space, params IEnumerable<string> options) => new(space, options);

    /// <summary>
    /// Creates a certificate for localhost. Returns the options for a server that uses it, and the file to verify it
    /// with.
    /// </summary>
    public static (string[] Options, string Authority) MakeCertificate(string folder)
    {
        _ = Directory.CreateDirectory(folder);
        Shell.Run("openssl", [
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost,IP:127.0.0.1",
            "-keyout", $"{folder}/key.pem", "-out", $"{folder}/cert.pem"]);
        Shell.Run("chmod", ["-R", "a+rX", folder]);
        return ([$"--ssl-cert={folder}/cert.pem", $"--ssl-key={folder}/key.pem"], $"{folder}/cert.pem");
    }

    public void Sql(string statements)
    {
        var (exitCode, _, error) = Shell.TryWith(statements, "mariadb", ["--no-defaults", "-uroot", $"-S{Socket}"]);
        if (exitCode != 0)
        {
            throw new InvalidOperationException(error);
        }
    }

    public void Dispose()
    {
        Shell.Signal("-CONT", Pid);
        Shell.Signal("-KILL", Pid);
        _process.WaitForExit();
        _process.Dispose();
        _host.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }
}
