using System.Diagnostics;
using MySqlConnector;

namespace GaleraGate.Lab;

/// <summary>
/// The pictures for the documents: a cluster of three with a galeragate on each node and an archive, clients, an
/// incident, and what the programs and pages show of it. Each node is a host of its own, so the paths are those of a
/// real host.
/// </summary>
internal sealed class Pictures : IDisposable
{
    private const int Wide = 1280;
    private const int Narrow = 420;
    private const string Page = "http://10.77.0.1:9200/ui";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly string _folder;
    private readonly PostgresServer _archive = PostgresServer.Begin();
    private readonly Cluster _cluster;
    private readonly List<PrivateHost> _hosts = [];
    private readonly List<Process> _daemons = [];
    private readonly List<MySqlConnection> _clients = [];

    private Pictures(string folder)
    {
        _folder = Directory.CreateDirectory(folder).FullName;
        _ = Shell.Run(GateDaemon.Binary, "archive", "init", "--archive", _archive.Connection);
        _cluster = Cluster.Start(3, progress: Console.WriteLine);
        foreach (var node in _cluster.Nodes)
        {
            _hosts.Add(Installed(node));
        }
    }

    /// <param name="folder">The folder to write the pictures to.</param>
    public static int Run(string folder)
    {
        using var pictures = new Pictures(folder);
        pictures.Play();
        pictures.TakeAsync().GetAwaiter().GetResult();
        return 0;
    }

    public void Dispose()
    {
        _clients.ForEach(client => client.Dispose());
        _hosts.ForEach(host => host.Dispose());
        _cluster.Dispose();
        _archive.Dispose();
    }

    /// <summary>
    /// A node as the package sets it up: credentials, configuration and socket in their usual places.
    /// </summary>
    private PrivateHost Installed(ClusterNode node)
    {
        var host = new PrivateHost(node.Space);
        var configuration = $"""
            node = {node.Name}
            cluster = prod
            http = *:9200
            archive = /etc/galeragate/archive
            """;
        Do(host, $"""
            set -e; umask 077; mkdir -p /run/mysqld /etc/galeragate; ln -s {node.Socket} /run/mysqld/mysqld.sock
            cp {node.Credentials} /etc/galeragate/my.cnf; echo '{_archive.Connection}' > /etc/galeragate/archive
            cat > /etc/galeragate/galeragate.conf <<'END'
            {configuration}
            END
            """);
        var daemon = host.Start(GateDaemon.Binary, "run");
        daemon.ErrorDataReceived += (_, _) => { };
        daemon.OutputDataReceived += (_, _) => { };
        daemon.BeginErrorReadLine();
        daemon.BeginOutputReadLine();
        _daemons.Add(daemon);
        return host;
    }

    private void Play()
    {
        var (n1, n2, n3) = (_cluster.Nodes[0], _cluster.Nodes[1], _cluster.Nodes[2]);
        AwaitOpen(n1, n2, n3);
        Enter(n1, 6);
        Enter(n2, 9);
        Enter(n3, 11);
        Pause();

        Say("n3 loses its data and rejoins by a state transfer: its donor blocks");
        n3.RejoinByStateTransfer("rsync");
        AwaitClosed(n3);
        AwaitOpen(n1, n2, n3);
        Enter(n1, 5);
        Enter(n3, 6);
        Pause();

        Say("n1 is held");
        Do(_hosts[0], $"{GateDaemon.Binary} hold --reason 'kernel upgrade, ticket 4711'");
        Pause();
        Do(_hosts[0], $"{GateDaemon.Binary} release");
        AwaitOpen(n1, n2, n3);

        Say("n3's server is killed");
        n3.Kill();
        AwaitClosed(n3);
        n3.Start();
        AwaitOpen(n1, n2, n3);
        Enter(n1, 3);
        Enter(n3, 8);
        Pause();

        Say("n2 is set read_only");
        n2.ReadOnly(true);
        AwaitClosed(n2);
        Pause();
    }

    private async Task TakeAsync()
    {
        foreach (var dark in new[] { false, true })
        {
            await TerminalAsync("status", _hosts[1], dark);
            await TerminalAsync("fleet", _hosts[0], dark);
            await LiveAsync(Wide, dark);
            await LiveAsync(Narrow, dark);
        }

        _cluster.Nodes[1].ReadOnly(false);
        AwaitOpen(_cluster.Nodes[1]);
        var report = Path.Combine(_cluster.Folder, "incident.html");
        Do(_hosts[0], $"{GateDaemon.Binary} audit report -o {report} --archive /etc/galeragate/archive --nodes 3");
        foreach (var dark in new[] { false, true })
        {
            await ReportAsync(report, Wide, dark);
            await ReportAsync(report, Narrow, dark);
        }

        // The daemon has stopped while its page is still open.
        Shell.Signal("-KILL", _daemons[2].Id);
        await SilentAsync();
    }

    private async Task TerminalAsync(string verb, PrivateHost host, bool dark)
    {
        const int Columns = 80, Rows = 24, Scale = 2, Width = 740;
        const string End = "(end)";
        var command = $"{string.Join(' ', host.Entered)} {GateDaemon.Binary} {verb}; echo '{End}'; sleep 60";
        using var terminal = new Tmux(Columns, Rows, ["sh", "-c", command]);
        terminal.Await(End);
        var file = Path.Combine(_cluster.Folder, $"{verb}.html");
        await File.WriteAllTextAsync(file, TerminalPicture.Html($"galeragate {verb}", terminal.Painted.Split(End)[0]));
        await using var browser = await Browser.OpenAsync("file://" + file, Width, 100, dark, scale: Scale);
        await KeepAsync(browser, verb, Wide, dark);
    }

    private async Task LiveAsync(int width, bool dark)
    {
        await using var browser = await Browser.OpenAsync(Page, width, 900, dark, _cluster.Client);
        browser.Await(
            "document.getElementById('gate').textContent === 'open' && document.querySelectorAll('.tile').length === 3 "
            + "&& document.querySelectorAll('.tile.bad').length === 1 && document.querySelectorAll('.cause').length > 2"
            + " && document.querySelectorAll('.clients[d]').length === 1 "
            + "&& document.querySelectorAll('rect.band').length > 4");
        await ExplainAsync(browser);
        await KeepAsync(browser, "page", width, dark);
    }

    private async Task SilentAsync()
    {
        await using var browser = await Browser.OpenAsync(Page, Wide, 900, dark: false, _cluster.Client);
        browser.Await(
            "document.querySelectorAll('.tile.plain').length === 1 "
            + "&& document.querySelectorAll('rect.hatch').length > 0");
        await ExplainAsync(browser);
        await KeepAsync(browser, "page-silent", Wide, dark: false);
    }

    private async Task ReportAsync(string report, int width, bool dark)
    {
        await using var browser = await Browser.OpenAsync("file://" + report, width, 900, dark);
        await ExplainAsync(browser);
        await KeepAsync(browser, "report", width, dark);
    }

    /// <summary>As after a click on n2's last closure.</summary>
    private static async Task ExplainAsync(Browser browser)
    {
        _ = await browser.EvaluateAsync(
            "[...document.querySelectorAll('.span.gate.bad')]"
            + ".filter(s => s.getAttribute('aria-label').startsWith('n2')).at(-1)"
            + ".dispatchEvent(new MouseEvent('click', { bubbles: true }))");
        browser.Await("document.querySelectorAll('#chain li').length > 1");
    }

    private async Task KeepAsync(Browser browser, string name, int width, bool dark)
    {
        var text = await browser.EvaluateAsync("document.body.innerText");
        if (text.Contains(Path.GetDirectoryName(_cluster.Folder)!, StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"{name} shows a path of this machine:\n{text}");
        }

        var file = $"{name}{(width == Narrow ? "-narrow" : "")}{(dark ? "-dark" : "")}.png";
        await File.WriteAllBytesAsync(Path.Combine(_folder, file), await browser.PictureAsync());
        Console.WriteLine(file);
    }

    private void Enter(ClusterNode node, int count) => _cluster.Client.EnterAsync(async () =>
    {
        var options = new MySqlConnectionStringBuilder
        {
            Server = node.Address,
            Port = 3308,
            UserID = ClusterNode.AppUser,
            Password = ClusterNode.AppPassword,
            SslMode = MySqlSslMode.None,
            Pooling = false,
        };
        for (var i = 0; i < count; i++)
        {
            _clients.Add(new MySqlConnection(options.ConnectionString));
            await _clients[^1].OpenAsync();
        }
    }).GetAwaiter().GetResult();

    private void AwaitOpen(params ClusterNode[] nodes) => Await(Meets.Server, nodes);

    private void AwaitClosed(params ClusterNode[] nodes) => Await(Meets.Refused, nodes);

    private void Await(Meets wanted, ClusterNode[] nodes) => Shell.Await(
        () => nodes.All(node => GatePort.Meet(_cluster.Client, node.Address) == wanted),
        Limit,
        $"{string.Join(", ", nodes.Select(node => node.Name))} to be {wanted}");

    private static void Do(PrivateHost host, string script)
    {
        if (host.Try("sh", "-c", script) is not (0, _, _) and var (_, output, error))
        {
            throw new InvalidOperationException($"{script}: {output}{error}");
        }
    }

    /// <summary>Long enough for a stretch to be visible.</summary>
    private static void Pause() => Thread.Sleep(TimeSpan.FromSeconds(8));

    private static void Say(string what) => Console.WriteLine(what);
}
