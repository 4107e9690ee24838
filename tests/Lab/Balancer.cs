using System.Diagnostics;

namespace GaleraGate.Lab;

/// <summary>
/// A real balancer in front of the gates. It runs the configuration from docs/balancers with the lab's addresses put
/// in, and knows nothing about Galera.
/// </summary>
public sealed class Balancer : IDisposable
{
    /// <summary>
    /// The name of a balancer's configuration, and the address that its clients connect to: the floating address or the
    /// balancer's own host.
    /// </summary>
    private static readonly Dictionary<string, (int Port, Func<string, string, string[]> Command)> Known = new()
    {
        ["nginx.conf"] = (
            3306,
            (file, folder) =>
                ["nginx", "-c", file, "-g", $"daemon off; pid {folder}/pid; error_log {folder}/error.log;"]),
        ["haproxy-tcp.cfg"] = (3306, (file, _) => ["haproxy", "-db", "-f", file]),
        ["haproxy-http.cfg"] = (3306, (file, _) => ["haproxy", "-db", "-f", file]),
        ["pen.sh"] = (3306, (file, _) => ["sh", file]),
        ["keepalived.conf"] = (3308, Keepalived),
        [FloatingConfiguration] = (3306, Keepalived),
    };

    /// <summary>This keepalived does not balance; it moves the floating address between hosts that do.</summary>
    public const string FloatingConfiguration = "keepalived-vrrp.conf";

    /// <summary>The address that floats between balancers.</summary>
    public const string FloatingAddress = "10.77.0.200";

    private readonly Process _process;

    private Balancer(Process process) => _process = process;

    public static IEnumerable<string> Configurations => Known.Keys.Where(one => one != FloatingConfiguration);

    /// <summary>The port that clients of a balancer connect to.</summary>
    public static int PortOf(string configuration) => Known[configuration].Port;

    /// <summary>Starts a balancer on a host of the lab.</summary>
    /// <param name="change">Changes the configuration first.</param>
    public static Balancer Start(Cluster cluster, Space host, string configuration, Func<string, string>? change = null)
    {
        var folder = Directory.CreateDirectory(Path.Combine(cluster.Folder, $"{host.Name}-{configuration}")).FullName;
        var file = Path.Combine(folder, configuration);
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "balancers", configuration))
            .Replace("10.0.0.", "10.77.0.", StringComparison.Ordinal);
        File.WriteAllText(file, change?.Invoke(text) ?? text);
        var command = Known[configuration].Command(file, folder);
        var process = host.Start(command[0], command[1..]);
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new Balancer(process);
    }

    private static string[] Keepalived(string file, string folder) =>
        [
            "keepalived",
            "--dont-fork",
            "--log-console",
            $"--use-file={file}",
            $"--pid={folder}/pid",
            $"--vrrp_pid={folder}/vrrp",
            $"--checkers_pid={folder}/checkers",
        ];

    public void Dispose()
    {
        Shell.Signal("-TERM", _process.Id);
        _process.WaitForExit();
        _process.Dispose();
    }
}
