namespace GaleraGate.Lab;

/// <summary>
/// A data directory to copy nodes from. It is made once for each server version by a cluster of one that was shut down
/// cleanly. All copies are therefore in the same state and join one another without a full transfer.
/// </summary>
internal static class ServerTemplate
{
    private const string Users = $"""
        CREATE USER '{ClusterNode.ProbeUser}'@'%' IDENTIFIED BY '{ClusterNode.ProbePassword}';
        CREATE USER '{ClusterNode.AppUser}'@'%' IDENTIFIED BY '{ClusterNode.AppPassword}';
        CREATE DATABASE app;
        CREATE TABLE app.t (id INT AUTO_INCREMENT PRIMARY KEY, v INT);
        GRANT ALL ON app.* TO '{ClusterNode.AppUser}'@'%';
        """;

    /// <param name="root">The root of the server's programs; null for the host's.</param>
    public static void CopyTo(string dataDirectory, string? root = null)
    {
        string[] inside = root is null ? ["env"] : ["chroot", root];
        var version = string.Concat(
            Shell.Run(inside[0], [.. inside[1..], "mariadbd", "--version"])
                .Where(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-'));
        var template = $"/tmp/galeragate-lab/template-{version[..Math.Min(60, version.Length)]}-2";
        // Clusters start side by side, in this process and in others; the first makes the template.
        using (Locked($"{template}.lock"))
        {
            if (!Directory.Exists(template))
            {
                Make(template, inside);
            }
        }

        Shell.Run("cp", ["-a", template, dataDirectory]);
    }

    private static FileStream Locked(string path)
    {
        _ = Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        FileStream? file = null;
        Shell.Await(
            () =>
            {
                try
                {
                    file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                }
                catch (IOException)
                {
                    // Another holds it.
                }

                return file is not null;
            },
            TimeSpan.FromMinutes(3),
            "the lock of the servers' template");
        return file!;
    }

    private static void Make(string template, string[] inside)
    {
        var folder = $"{template}.new";
        var data = Path.Combine(folder, "data");
        if (Directory.Exists(folder))
        {
            // A run that was killed left it.
            Directory.Delete(folder, recursive: true);
        }

        _ = Directory.CreateDirectory(folder);
        Shell.Run(
            inside[0],
            [
                .. inside[1..],
                "mariadb-install-db",
                "--no-defaults",
                $"--datadir={data}",
                "--user=root",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
            ]);
        var (exitCode, _, error) = Shell.TryWith(
            Users,
            inside[0],
            [
                .. inside[1..], "mariadbd", "--no-defaults", $"--datadir={data}", "--user=root", "--bootstrap",
                "--skip-grant-tables=0",
            ]);
        if (exitCode != 0)
        {
            throw new InvalidOperationException($"the template's users could not be made: {error}");
        }

        var socket = Path.Combine(folder, "s");
        using var server = Shell.Start(inside[0], [
            .. inside[1..],
            "mariadbd",
            "--no-defaults",
            $"--datadir={data}",
            "--user=root",
            $"--socket={socket}",
            "--skip-networking",
            $"--log-error={folder}/log",
            "--wsrep-on=ON",
            $"--wsrep-provider={ClusterNode.Provider}",
            "--wsrep-cluster-address=gcomm://",
            "--wsrep-new-cluster",
            "--binlog-format=ROW",
            "--innodb-log-file-size=16M",
            "--wsrep-provider-options=gmcast.listen_addr=tcp://127.0.0.1:45671;gcache.size=16M",
        ]);
        Shell.Await(
            () => Shell.Try("mariadb-admin", ["--no-defaults", "-uroot", $"-S{socket}", "ping"]).ExitCode == 0,
            TimeSpan.FromSeconds(60),
            "the template's server");
        Shell.Run("mariadb-admin", ["--no-defaults", "-uroot", $"-S{socket}", "shutdown"]);
        server.WaitForExit();
        foreach (var file in Directory.GetFiles(data, "galera.cache").Concat(Directory.GetFiles(data, "gvwstate.dat")))
        {
            File.Delete(file);
        }

        Directory.Move(data, template);
        Directory.Delete(folder, recursive: true);
    }
}
